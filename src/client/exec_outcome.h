// How a command in a task ended, told to whoever ran it: what the verb ends with.
#pragma once

#include "client/exec_call.h"
#include "client/live_tasks.h"

namespace aurora::client {

// Its own exit code; if it was ended, why, and why the task was if that is the reason.
int tell_exec_end(Session& session, SchedulerClient& scheduler, const std::string& task_id, const ExecEnd& end);
// The connection failed; 255 once the command had begun, as ssh has it.
int tell_exec_failure(Session& session, const Error& error, bool has_begun);

}  // namespace aurora::client

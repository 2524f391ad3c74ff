// What every way of starting an update shares: the job from its file, the plan, and the request itself.
#pragma once

#include <optional>
#include <string>

#include "client/loaded_job.h"
#include "client/update_plan.h"

namespace aurora::client {

struct PreparedUpdate {
  LoadedJob loaded;
  SchedulerClient scheduler;
  core::JobUpdateRequest request;
  UpdatePlan plan;
};
// Loads the job, asks for the plan. Failures are printed. An update that is active already is one, under `title` and with
// `refused`; of a dry run it is told before the plan.
struct UpdateRefusal {
  const char* title;
  ExitCode exit_code;
};
OrStopped<PreparedUpdate> prepare_update(Session& session, const UpdateOptions& options, const UpdateRefusal& refusal);

struct StartReply {
  std::optional<std::string> id;  // absent: there is nothing to do
  std::string message;
};
// With the job file's hooks around it. An update that an earlier sending of the same request has started counts as
// started by this one. `poll_secs`: of `update`, whose hooks are those of
// update_job.
OrStopped<Result<StartReply>> start_with_hooks(Session& session, PreparedUpdate& prepared, const std::string& message,
                                               std::optional<int64_t> poll_secs = {});

}  // namespace aurora::client

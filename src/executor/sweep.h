// What a dead runner left running.
#pragma once

#include "aurora/base/time.h"
#include "aurora/core/process/run_history.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Kills the processes that the history says are alive, with their groups, sessions and descendants, and
// completes the checkpoint: they were KILLED (or LOST, if they were gone), and the task ended as `end`.
void sweep(const std::string& checkpoint_path, const core::RunHistory& history, core::RunState end,
           Instant now);

}  // namespace aurora::executor

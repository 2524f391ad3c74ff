// After a runner's death: what its checkpoint says of its task, and the last words that it could not write
// itself.
#pragma once

#include <optional>

#include "aurora/base/time.h"
#include "aurora/core/process/run_history.h"
#include "aurora/os/processes.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {

struct Burial {
  core::RunnerEnd end;
  bool may_have_survivors = false;  // it did not see to the end of what it had started
};
// `process`: how the runner ended, if somebody knows. What it left running, as far as its checkpoint names
// it, is killed and written down.
Burial bury(const TaskPaths& paths, const CheckpointLock& lock, const std::optional<os::ProcessEnd>& process,
            Instant now);

core::RunnerEnd end_of_runner(
    const std::optional<os::ProcessEnd>& process);  // of which nothing else is known

}  // namespace aurora::executor

// What the kernel's counters say of limits that a task has reached.
#pragma once

#include <optional>

#include "aurora/core/process/runner_outcome.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Absent: the kernel has killed nobody of it for want of memory.
std::optional<core::RunnerOutcome> find_memory_limit_reached(const RunnerPlan& plan);
// What may have been in the way of a process that failed: "2 forks were refused, ..."; empty: nothing that we know of.
std::string describe_refused_forks(const RunnerPlan& plan);
std::string describe_full_sandbox(const RunnerPlan& plan);

}  // namespace aurora::executor

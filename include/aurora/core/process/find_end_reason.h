// Why a task ended, told from its checkpoint and from the end of its runner.
#pragma once

#include <optional>

#include "aurora/core/process/run_history.h"
#include "aurora/core/process/task_plan.h"

namespace aurora::core {

// Absent: the task succeeded. Costs what the history is long.
std::optional<EndReason> find_end_reason(const TaskPlan& plan, const RunHistory& history, const RunnerEnd& end);

}  // namespace aurora::core

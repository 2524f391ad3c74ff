// The task lifecycle of Aurora 0.22 as a table (spec/scheduler.md §2.2). One cell differs on purpose: Partitioned ->
// Finished reschedules a service, as every other way of finishing does; Aurora forgets the instance.
#pragma once

#include <optional>
#include <vector>

#include "aurora/core/task/task_status.h"

namespace aurora::core {

// Side effects of a transition, in the order in which they run (spec/scheduler.md §2.1).
enum class Step {
  IncrementFailures,
  Save,
  Reschedule,           // make a replacement
  RescheduleIfService,
  RescheduleIfFailuresLeft,
  RescheduleUnlessKilling,  // unless the task's history has a Killing event
  MarkLost,             // a nested transition of the same task to Lost
  Kill,
  Delete,
};

struct TaskRule {
  bool legal = false;
  bool noop = false;
  std::vector<Step> steps;
};
// The cell of the table. `from` absent: no such task.
TaskRule find_rule(std::optional<TaskStatus> from, TaskStatus to);

}  // namespace aurora::core

// What must happen to a task if nothing else does: the end of throttling, of transient states and of
// partitions, kills that are sent again, old history that goes (spec/scheduler.md §2.5 to §2.8, §14).
#pragma once

#include <vector>

#include "aurora/core/commands/command.h"

namespace aurora::core {

// For the task as it was saved, after it was applied.
std::vector<Timer> task_timers_for(const Cluster& cluster, const Task& task, const Context& context);
// Transient states begin their timeout afresh; nothing is pruned within the shortest retention.
std::vector<Timer> task_timers_after_restart(const Cluster& cluster, const Context& context);

// A terminal task's time has come: it is old, or one of too many of its job.
bool is_prunable(const Cluster& cluster, const Task& task, const Context& context);

}  // namespace aurora::core

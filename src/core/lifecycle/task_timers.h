// What must happen to a task if nothing else does: the end of throttling, of transient states and of
// partitions, kills that are sent again, old history that goes (spec/scheduler.md §2.5 to §2.8, §14).
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// For the task as it was saved, after it was applied.
std::vector<Timer> task_timers_for(const Cluster& cluster, const Task& task, const Context& context);
// Transient states begin their timeout afresh, partitions last until their host had time to report; nothing
// is pruned within the shortest retention.
std::vector<Timer> task_timers_after_restart(const Cluster& cluster, const Context& context);

// A terminal task that need not be kept any longer.
bool is_old(const Task& task, const Context& context);
// The job's oldest terminal tasks beyond the number that is kept, without those that are too young to go.
std::vector<const Task*> list_surplus(const Cluster& cluster, const JobKey& job, size_t count_max,
                                      const Context& context);

}  // namespace aurora::core

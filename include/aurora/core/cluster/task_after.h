// What a change makes of a task, whichever kind of change it is.
#pragma once

#include <optional>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

struct TaskAfter {
  const Task& record;  // its id, instance and configuration; of one that moves as the cluster has it
  TaskStatus status;
  const HostId& host;
  Instant since;  // the time of its last event
};

// Of a task that is saved or moves, the same before and after the change is applied. Valid as long as both
// arguments.
std::optional<TaskAfter> find_task_after(const Cluster& cluster, const Change& change);

}  // namespace aurora::core

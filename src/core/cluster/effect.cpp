#include "aurora/core/cluster/effect.h"

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

const HostId& host_of(const Effect& effect) {
  return *std::visit([](const auto& e) { return &e.host; }, effect);
}

LaunchTask launch_of(const Task& assigned) {
  return {assigned.host, assigned.id, assigned.config, assigned.events.back().timestamp};
}

// A task is ASSIGNED once by placement. It may be so again, after it has been PARTITIONED, by what its host says:
// that is another time.
const Task* find_launched(const Cluster& cluster, const LaunchTask& launch) {
  const Task* task = cluster.find_task(launch.task_id);
  const bool is_same = task != nullptr && task->status == TaskStatus::Assigned && task->host == launch.host &&
                       task->events.back().timestamp == launch.since;
  return is_same ? task : nullptr;
}

}  // namespace aurora::core

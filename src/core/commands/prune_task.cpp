#include "aurora/core/task/task_lifecycle.h"
#include "core/task/task_timers.h"

namespace aurora::core {

Result<Decision> decide(const Cluster& cluster, const PruneTask& command, const Context& context) {
  Decision decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task != nullptr && is_old(*task, context)) {
    transition(cluster, *task, {TaskStatus::Deleted, std::nullopt}, context, decision);
  }
  return decision;
}

}  // namespace aurora::core

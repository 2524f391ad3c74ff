#include "aurora/core/commands/command.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/lifecycle/task_timers.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const PruneTask& command, const Context& context) {
  Decided decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task != nullptr && is_old(*task, context)) {
    transition(cluster, *task, {TaskStatus::Deleted, std::nullopt}, context, decision);
  }
  return decision;
}

}  // namespace aurora::core

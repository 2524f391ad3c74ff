#include "aurora/core/task/task_lifecycle.h"

namespace aurora::core {

Result<Decision> decide(const Cluster& cluster, const ChangeTask& command, const Context& context) {
  Decision decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task == nullptr) return decision;
  if (command.expected && *command.expected != task->status) return decision;
  if (command.expected_since && *command.expected_since != task->events.back().timestamp) return decision;
  transition(cluster, *task, {command.to, command.message}, context, decision);
  return decision;
}

}  // namespace aurora::core

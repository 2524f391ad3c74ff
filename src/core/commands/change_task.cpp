#include "aurora/core/commands/command.h"
#include "aurora/core/lifecycle/task_lifecycle.h"

namespace aurora::core {
namespace {

// A wait that is over: for a partitioned task its reason is there already.
std::optional<EndReason> reason_for(const Task& task, TaskStatus to) {
  if (to != TaskStatus::Lost || task.status == TaskStatus::Partitioned) return std::nullopt;
  return host_lost("it was " + std::string(enum_name(task.status)) + " for too long");
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const ChangeTask& command, const Context& context) {
  Decided decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task == nullptr) return decision;
  if (command.expected && *command.expected != task->status) return decision;
  if (command.expected_since && *command.expected_since != task->events.back().timestamp) return decision;
  transition(cluster, *task, {command.to, command.message, reason_for(*task, command.to)}, context, decision);
  return decision;
}

}  // namespace aurora::core

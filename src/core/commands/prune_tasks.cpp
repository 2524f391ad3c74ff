// Aurora 0.22, spec/api.md §3 (pruneTasks).
#include <algorithm>

#include "aurora/core/commands/command.h"
#include "aurora/core/lifecycle/task_lifecycle.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const PruneTasks& command, const Context& context) {
  TaskQuery query;
  if (!command.role.empty()) query.role = command.role;
  if (!command.environment.empty()) query.environment = command.environment;
  query.statuses = command.statuses;
  for (const TaskStatus status : command.statuses) {
    if (!is_terminal(status)) return Error{ErrorCode::InvalidArgument, "Tasks in non-terminal state cannot be pruned."};
  }
  if (query.statuses.empty()) {
    for (const auto& [status, name] : EnumNames<TaskStatus>::values) {
      if (is_terminal(status)) query.statuses.insert(status);
    }
  }
  const auto count = static_cast<size_t>(std::clamp(command.limit, 0, PruneTasks::kLimitMax));
  Decided decision;
  const TaskPage page = cluster.list_task_page(query, {0, count});
  for (const Task* task : page.tasks) transition(cluster, *task, {TaskStatus::Deleted, std::nullopt}, context, decision);
  decision.answer = Message{"Tasks pruned.", static_cast<int32_t>(page.tasks.size())};
  return decision;
}

}  // namespace aurora::core

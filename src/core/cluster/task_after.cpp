#include "aurora/core/cluster/task_after.h"

namespace aurora::core {

std::optional<TaskAfter> find_task_after(const Cluster& cluster, const Change& change) {
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    const Task& task = saved->task;
    const Instant since = task.events.empty() ? Instant{} : task.events.back().timestamp;
    return TaskAfter{task, task.status, task.host, since};
  }
  const auto* moved = std::get_if<TaskMoved>(&change);
  const Task* task = moved == nullptr ? nullptr : cluster.find_task(moved->task_id);
  if (task == nullptr) return std::nullopt;
  const TaskMove& move = moved->move;
  return TaskAfter{*task, move.event.status, move.assignment ? move.assignment->host : task->host,
                   move.event.timestamp};
}

}  // namespace aurora::core

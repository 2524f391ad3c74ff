#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const RetryKill& command, const Context&) {
  Decided decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task != nullptr && task->status == TaskStatus::Killing &&
      task->events.back().timestamp == command.since) {
    decision.effects.push_back(KillTask{task->host, task->id});
  }
  return decision;
}

}  // namespace aurora::core

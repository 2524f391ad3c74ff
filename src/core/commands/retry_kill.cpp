#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decision> decide(const Cluster& cluster, const RetryKill& command, const Context&) {
  Decision decision;
  const Task* task = cluster.find_task(command.task_id);
  if (task != nullptr && task->status == TaskStatus::Killing &&
      task->events.back().timestamp == command.since) {
    decision.effects.push_back(KillTask{task->host, task->id});
  }
  return decision;
}

}  // namespace aurora::core

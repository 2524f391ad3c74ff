// What a coordinator said (spec/scheduler.md §12.1). What follows from it ends the task, in the same round.
#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const CoordinatorAnswer& command, const Context& context) {
  Decided decision;
  const CoordinatorAsked* asked = cluster.find_coordinator(command.url);
  if (asked == nullptr || asked->task_id != command.task_id) return decision;  // given up meanwhile
  const Task* task = cluster.find_task(command.task_id);
  const bool is_same = task != nullptr && task->events.back().timestamp == command.since;
  CoordinatorSaid said{command.url, command.task_id, context.now, command.allowed && is_same, command.text};
  if (task != nullptr) {
    said.job = task->job();
    said.instance_id = task->instance_id;
    said.host = task->host;
  }
  if (said.allowed) ++decision.counts["sla_coordinator_success"];
  decision.changes.push_back(std::move(said));
  return decision;
}

}  // namespace aurora::core

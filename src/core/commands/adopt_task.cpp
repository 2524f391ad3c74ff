// A task that this scheduler does not know becomes the run of its instance.
#include <algorithm>

#include "aurora/core/commands/command.h"
#include "aurora/core/job/task_limits.h"
#include "aurora/core/lifecycle/task_lifecycle.h"

namespace aurora::core {
namespace {

const UnknownTask* find_unknown(const Cluster& cluster, const HostId& host, const TaskId& id) {
  const auto tasks = cluster.list_unknown_tasks(host);
  const auto found = std::ranges::find(tasks, id, [](const UnknownTask* task) { return task->id; });
  return found == tasks.end() ? nullptr : *found;
}

Error refuse(const AdoptTask& command, const std::string& why) {
  return {ErrorCode::FailedPrecondition, "Task '" + command.task.id.value() + "' can't be adopted: " + why};
}

// What a host tells of a task is held to what a user may ask for.
Status check_told(const AdoptTask& command) {
  if (command.task.instance_id < 0) {
    return refuse(command, "its executor says that it is instance " + std::to_string(command.task.instance_id) + ".");
  }
  const Status limits = check_limits(*command.task.config);
  return limits.ok() ? limits : refuse(command, limits.error().message);
}

// A run that waits for a host gives way.
Status make_room(const Cluster& cluster, const AdoptTask& command, const Context& context, Decision& decision) {
  const Task* active = cluster.find_active(command.task.instance());
  if (active == nullptr) return Unit{};
  if (!active->host.empty()) {
    return refuse(command, "its instance is active as task '" + active->id.value() + "' on host " +
                               active->host.value() + "; kill one of them.");
  }
  const std::string facts = "gives way to " + command.task.id.value() + ", adopted by " + command.user;
  transition(cluster, *active, {TaskStatus::Killing, {}, {}, {}, as_fact(facts)}, context, decision);
  return Unit{};
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const AdoptTask& command, const Context& context) {
  const UnknownTask* unknown = find_unknown(cluster, command.host, command.task.id);
  if (unknown == nullptr) {
    return Error{ErrorCode::NotFound, "Host '" + command.host.value() + "' runs no unknown task '" +
                                          command.task.id.value() + "'."};
  }
  if (unknown->is_condemned) return refuse(command, "it is being killed.");
  if (command.task.id.value().find('\0') != std::string::npos)
    return refuse(command, "its id holds a NUL character.");
  if (cluster.find_task(command.task.id)) return refuse(command, "it is known, on another host.");
  if (command.task.config.empty()) return refuse(command, "its executor does not tell its configuration.");
  TRY(check_told(command));
  Decided decision;
  TRY(make_room(cluster, command, context, decision));

  Task task = command.task;
  task.host = command.host;
  task.status = unknown->status == TaskStatus::Killing ? TaskStatus::Running : unknown->status;
  task.events.push_back({context.now, task.status, "Adopted by " + command.user, context.scheduler_host});
  decision.changes.push_back(TaskSaved{std::move(task)});

  UnknownTasksFound rest{command.host, {}};
  for (const UnknownTask* other : cluster.list_unknown_tasks(command.host)) {
    if (other->id != command.task.id) rest.tasks.push_back(*other);
  }
  decision.changes.push_back(std::move(rest));
  decision.answer = Message{"Task " + command.task.id.value() + " is adopted.", 1};
  return decision;
}

}  // namespace aurora::core

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/commands/job_guard.h"

namespace aurora::core {
namespace {

std::vector<const Task*> list_wanted(const Cluster& cluster, const KillTasks& command) {
  if (command.instances.empty()) return cluster.list_active(command.job);
  std::vector<const Task*> tasks;
  for (const int32_t instance : command.instances) {
    if (const Task* task = cluster.find_active({command.job, instance})) tasks.push_back(task);
  }
  return tasks;
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const KillTasks& command, const Context& context) {
  TRY(check_message("kill", command.message));
  TRY(check_listed(command.instances, context.settings.limits));
  TRY(check_not_updating(cluster, command.job));
  std::string audit = "Killed by " + command.user;
  if (!command.message.empty()) audit += ".\n" + command.message;

  Decided decision;
  int32_t killed = 0;
  for (const Task* task : list_wanted(cluster, command)) {
    const TransitionRequest request{TaskStatus::Killing, audit, killed_by("user " + command.user)};
    const Outcome outcome = transition(cluster, *task, request, context, decision);
    if (outcome == Outcome::Success) ++killed;
  }
  decision.answer = Message{killed > 0 ? "Tasks killed." : "No tasks to kill.", killed};
  return decision;
}

}  // namespace aurora::core

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/commands/job_guard.h"
#include "core/placement/quarantine.h"

namespace aurora::core {

// All or nothing: an instance that is not active refuses the whole request. One that still waits is left
// alone, and no longer held back.
Result<Decided> decide(const Cluster& cluster, const RestartTasks& command, const Context& context) {
  if (command.instances.empty()) {
    return Error{ErrorCode::InvalidArgument, "At least one instance to restart must be given."};
  }
  TRY(check_listed(command.instances, context.settings.limits));
  TRY(check_not_updating(cluster, command.job));
  std::vector<const Task*> tasks;
  for (const int32_t instance : command.instances) {
    const Task* task = cluster.find_active({command.job, instance});
    if (task == nullptr) return Error{ErrorCode::InvalidArgument, "Not all requested shards are active."};
    tasks.push_back(task);
  }

  Decided decision;
  int32_t restarted = 0;
  std::set<ConfigHash> configs;
  for (const Task* task : tasks) {
    configs.insert(task->config.hash());
    const TransitionRequest request{TaskStatus::Restarting, "Restarted by " + command.user,
                                    killed_by("restart by user " + command.user)};
    if (transition(cluster, *task, request, context, decision) == Outcome::Success) ++restarted;
  }
  release_holds(cluster, configs, decision);
  decision.answer = Message{"Tasks restarted.", restarted};
  return decision;
}

}  // namespace aurora::core

#include "aurora/executor/task_surroundings.h"

#include "aurora/os/cgroup.h"
#include "aurora/os/namespaces.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {

void TaskSurroundings::apply_to(os::SpawnRequest& request) const {
  request.environment = environment_of(plan);
  request.folder = home_of(plan);
  request.has_default_limits = true;
  request.no_new_privileges = plan.confinement.no_new_privileges;
  if (plan.switches_user) request.user = plan.user;
  for (const os::Fd& group : cgroups) request.cgroups.push_back(group.get());
  if (mount_namespace.is_open()) request.mount_namespace = mount_namespace.get();
}

Result<TaskSurroundings> find_surroundings(const WorkFolder& work, const core::TaskId& task_id) {
  TaskSurroundings surroundings;
  const TaskPaths paths = work.paths_of(task_id);
  surroundings.plan = TRY(read_plan(paths.plan));
  const core::RunHistory history = TRY(read_history(paths.checkpoint));
  if (history.states.empty() || CheckpointLock::take(paths.checkpoint).ok())
    return Error{ErrorCode::FailedPrecondition, task_id.value() + " has no runner"};
  const Confinement& confinement = surroundings.plan.confinement;
  for (const std::string& folder : confinement.cgroups) {
    const bool has_processes = confinement.process_cgroup.starts_with(folder + "/");
    surroundings.cgroups.push_back(TRY(os::open_cgroup(has_processes ? confinement.process_cgroup : folder)));
  }
  // The lock was held just now: the pid is still the runner's.
  if (confinement.has_private_tmp || confinement.hides_processes || surroundings.plan.container)
    surroundings.mount_namespace = TRY(os::open_mounts_of(history.states.back().runner_pid));
  return surroundings;
}

}  // namespace aurora::executor

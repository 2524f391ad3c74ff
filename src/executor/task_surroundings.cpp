#include "aurora/executor/task_surroundings.h"

namespace aurora::executor {

void TaskSurroundings::apply_to(os::SpawnRequest& request) const {
  request.environment = environment_of(plan);
  request.folder = plan.sandbox;
  request.has_default_limits = true;
  request.no_new_privileges = plan.confinement.no_new_privileges;
  if (plan.switches_user) request.user = plan.user;
  for (const os::Fd& group : cgroups) request.cgroups.push_back(group.get());
  if (mount_namespace.is_open()) request.mount_namespace = mount_namespace.get();
}

Result<TaskSurroundings> find_surroundings(const WorkFolder& work, const core::TaskId& task_id) {
  TaskSurroundings surroundings;
  surroundings.plan = TRY(read_plan(work.paths_of(task_id).plan));
  return surroundings;
}

}  // namespace aurora::executor

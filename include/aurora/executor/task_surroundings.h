// What a process needs to be that is started beside those of a task: a health check, a shell inside. It is in
// the task's control groups and mounts, so that its limits hold for it and its end is its end.
#pragma once

#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"
#include "aurora/os/spawn.h"

namespace aurora::executor {

struct TaskSurroundings {
  RunnerPlan plan;
  std::vector<os::Fd> cgroups;
  os::Fd mount_namespace;  // not open: ours

  // User, environment, sandbox as working folder, limits, groups and mounts. The request must not outlive
  // this.
  void apply_to(os::SpawnRequest& request) const;
};

// NotFound: there is no such task here; FailedPrecondition: it has no runner (any more).
Result<TaskSurroundings> find_surroundings(const WorkFolder& work, const core::TaskId& task_id);

}  // namespace aurora::executor

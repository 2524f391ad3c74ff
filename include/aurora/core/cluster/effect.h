// What the world is asked to do once the changes are on disk. Each is safe to repeat; one that is lost is found
// again when the host's next report is compared with the tables.
#pragma once

#include <variant>

#include "aurora/core/task/task.h"

namespace aurora::core {

struct LaunchTask {
  HostId host;
  Task task;
};
struct KillTask {
  HostId host;
  TaskId task_id;
};

using Effect = std::variant<LaunchTask, KillTask>;

const HostId& host_of(const Effect& effect);

}  // namespace aurora::core

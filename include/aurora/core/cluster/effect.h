// What the world is asked to do once the changes that ask for it are on disk. Each is safe to repeat; one that is
// lost is found again when the host's next report is compared with the tables.
//
// An effect names its task and does not hold it: a hundred thousand may wait for their hosts at a time.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "aurora/core/task/task.h"

namespace aurora::core {

class Cluster;

struct LaunchTask {
  HostId host;
  TaskId task_id;
  TaskConfigRef config;  // the largest part of the message
  Instant since;         // when the task became ASSIGNED to the host
};
struct KillTask {
  HostId host;
  TaskId task_id;
};

// May the task be ended (spec/scheduler.md §12.1)? What is said comes back as a CoordinatorAnswer.
struct AskCoordinator {
  HostId host;
  TaskId task_id;
  Instant since;  // the task's last event
  SharedText url;
  SharedText status_key;
  std::optional<Duration> countdown = {};  // for maintenance: until nobody is asked any more
};

using Effect = std::variant<LaunchTask, KillTask, AskCoordinator>;

const HostId& host_of(const Effect& effect);

LaunchTask launch_of(const Task& assigned);
// The task that the launch is about, just as it was when that was decided; nothing when it has moved on, for what
// it has become since may not be durable and must not leave the process. Whatever that was, a launch that is not
// sent is one that is lost: should the move be undone by a crash, the host's next report asks for it again.
const Task* find_launched(const Cluster& cluster, const LaunchTask& launch);

}  // namespace aurora::core

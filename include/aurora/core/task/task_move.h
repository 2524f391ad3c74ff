// What a transition changes of a task, and nothing else: about as large as its event.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/task/task.h"

namespace aurora::core {

struct Assignment {
  HostId host;
  SmallMap<std::string, int32_t> ports;  // as Task::assigned_ports
  friend bool operator==(const Assignment&, const Assignment&) = default;
};
void fields(Is<Assignment> auto& a, auto&& visit) {
  visit("host", a.host);
  visit("ports", a.ports);
}

struct TaskMove {
  TaskEvent event;                            // one more; its status becomes the task's
  OptionalBox<Assignment> assignment = {};    // of a task that gets a host; others keep theirs
  std::optional<int32_t> failure_count = {};  // where it has changed
  std::optional<int32_t> times_partitioned = {};
  OptionalBox<EndReason> end_reason = {};  // becomes the task's, also when there is none
  friend bool operator==(const TaskMove&, const TaskMove&) = default;
};
void fields(Is<TaskMove> auto& m, auto&& visit) {
  visit("event", m.event);
  visit("assignment", m.assignment);
  visit("failureCount", m.failure_count);
  visit("timesPartitioned", m.times_partitioned);
  visit("endReason", m.end_reason);
}

// The task as it is after the move.
void apply(const TaskMove& move, Task& task);

}  // namespace aurora::core

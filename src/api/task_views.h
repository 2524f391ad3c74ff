// Tasks as the API shows them. Pure.
#pragma once

#include <string>

#include "aurora/core/cluster/cluster.h"
#include "aurora/scheduler/engine.h"

namespace aurora::api {

// A task with what only the scheduler can say of it, copied out of the cluster.
struct TaskView {
  core::Task task;
  std::string reason;
  std::string executor_url = {};  // of its host; empty without one
  std::string stderr_url = {};
  std::optional<core::PendingReason> pending = {};
  Instant not_before =
      {};  // a pending task is not placed, while the scheduler listens; in the past otherwise
  int64_t failures_in_row = 0;  // of a throttled task
};
// The page of what the process that decided a task's end wrote to stderr; empty when none did or nobody
// knows.
std::string stderr_url(const core::Cluster& cluster, const core::Task& task);
TaskView view_of(const core::Cluster& cluster, const core::Task& task, const scheduler::Engine& engine);
// What a wait is for, in one sentence for people; empty for a task that does not wait.
std::string wait_sentence(const TaskView& view, Instant now);
// Adds an object to `out`. `config`: the task's configuration, encoded; tasks share it, so it need not be encoded for
// each. nullptr: it is elsewhere in the answer, and only its hash is told.
void write(std::string& out, const TaskView& view, Instant now, const std::string* config);
// What keeps tasks of its configuration from being placed, as an object.
void write(std::string& out, const core::PendingReason& reason);

}  // namespace aurora::api

// Tasks as the API shows them. Pure.
#pragma once

#include <string>

#include "aurora/core/cluster/cluster.h"

namespace aurora::api {

// A task with what only the scheduler can say of it, copied out of the cluster.
struct TaskView {
  core::Task task;
  std::string reason;
  std::string executor_url;  // of its host; empty without one
};
TaskView view_of(const core::Cluster& cluster, const core::Task& task);
std::string encode(const TaskView& view, Instant now);

}  // namespace aurora::api

// One executor without processes: the real one's decisions (core::HostTasks), what the host loop does with them, and
// nothing on disk.
#pragma once

#include <string>
#include <vector>

#include "aurora/core/process/host_tasks.h"

namespace aurora::farm {

class PlayedExecutor {
 public:
  PlayedExecutor(core::Host host, std::string session) : host_(host), tasks_(std::move(host), std::move(session)) {}

  struct Step {
    std::vector<core::ReportTasks> reports;
    std::vector<core::TaskId> starts;  // RunnerStarted is to follow
    std::vector<core::TaskId> kills;   // RunnerExited is to follow
  };
  // The event, and then what has become due: one round of a host loop.
  Step take(const core::HostEvent& event, Instant now);

  const core::Host& host() const { return host_; }
  const core::HostTasks& tasks() const { return tasks_; }

 private:
  void decide(const core::HostEvent& event, Instant now, Step& step);

  core::Host host_;
  core::HostTasks tasks_;
};

// How a task's processes ended.
core::RunnerExited make_end(const core::TaskId& task_id, core::RunState state);

}  // namespace aurora::farm

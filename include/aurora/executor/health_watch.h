// Who asks running tasks how they are, and asks them to end before they are made to: HealthChecker for the
// world, a fake in tests. Called by the host loop's thread; none of it waits, and all of it may be repeated.
#pragma once

#include "aurora/core/ids.h"

namespace aurora::executor {

class HealthWatch {
 public:
  virtual ~HealthWatch() = default;
  // Checks the task from now on, as its plan says. HealthProven follows once unless it `is_healthy`, as an
  // executor before had found; EndRequested once it is unhealthy.
  virtual void watch(const core::TaskId& task_id, bool is_healthy) = 0;
  // Ends its checks. If the task is still there, ShutdownBegun follows, and the requests that its plan says;
  // in any case ShutdownDone.
  virtual void shut_down(const core::TaskId& task_id) = 0;
  // Ends all of that.
  virtual void leave(const core::TaskId& task_id) = 0;
};

}  // namespace aurora::executor

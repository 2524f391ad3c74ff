// Health checks and requests to end of all tasks of a host, in one thread: what waits is a timer or a
// descriptor, never a thread or a process. Its own time stands still while it does (a stopped executor, a
// machine that is overloaded): no check fails because nobody looked.
#pragma once

#include <functional>
#include <memory>

#include "aurora/base/clock.h"
#include "aurora/core/process/host_tasks.h"
#include "aurora/executor/health_records.h"
#include "aurora/executor/health_watch.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct HealthCheckerConfig {
  WorkFolder work;
  bool shell_checks_switch_user = true;  // to the role, if its tasks do
};

class HealthChecker final : public HealthWatch {
 public:
  using Deliver = std::function<void(core::HostEvent)>;  // called on the checker's thread

  HealthChecker(HealthCheckerConfig config, const Clock& clock);
  ~HealthChecker() override;    // stops
  void start(Deliver deliver);  // what was asked for before waits until then
  void stop();                  // ends the checks that are on their way

  void watch(const core::TaskId& task_id, bool is_healthy) override;
  void shut_down(const core::TaskId& task_id) override;
  void leave(const core::TaskId& task_id) override;

  const HealthRecords& records() const;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace aurora::executor

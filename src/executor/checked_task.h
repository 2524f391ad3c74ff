// One task as the health checker has it: its check, or the requests to end that take the check's place. Never
// waits; has one timer and at most one check or request on its way. Used by the checker's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/clock.h"
#include "aurora/core/process/host_tasks.h"
#include "aurora/executor/health_records.h"
#include "executor/running_check.h"

namespace aurora::executor {

class CheckedTask {
 public:
  struct Setting {  // of all tasks
    const WorkFolder& work;
    const Clock& clock;  // for what people read
    os::Poller& poller;
    HealthRecords& records;
    std::function<void(core::HostEvent)> deliver;
    Bury bury;
    std::string mark;  // of the processes of shell checks
    bool shell_checks_switch_user = true;
  };

  // `key`: of the poller's, this task's own.
  CheckedTask(const Setting& setting, uint64_t key, RunnerPlan plan);

  // `now` is the checker's own time, in all of these.
  void watch(bool is_healthy, Duration now);
  void shut_down(Duration now);
  void go_on(Duration now);  // a descriptor is ready
  void on_timer(Duration now);
  std::optional<Duration> due() const { return due_; }
  bool is_waited_for() const { return running_ || step_; }  // its time counts against it

 private:
  std::optional<core::CheckFailure> start(Duration now);
  std::unique_ptr<RunningCheck> start_check();
  bool is_snoozed() const;
  void begin_check(Duration now);
  void finish(const core::CheckFailure& failure, CheckOutcome outcome, Duration now);
  void tell_health(core::HealthState before);
  void begin_step(Duration now);
  void end_step(bool is_heard, Duration now);
  void finished(const core::CheckFailure& failure, Duration now);
  bool is_active() const;

  const Setting& setting_;
  const uint64_t key_;
  const RunnerPlan plan_;
  std::optional<TaskSurroundings> surroundings_;  // once a shell check has needed them
  std::optional<core::HealthCheck> check_;
  std::unique_ptr<RunningCheck> running_;
  Duration began_;              // running_
  std::optional<size_t> step_;  // of the shutdown
  std::optional<Duration> due_;
};

}  // namespace aurora::executor

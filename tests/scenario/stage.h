// A scheduler without disk and network, on a clock that stands still: decides, applies, follows up, places
// what waits and fires timers, as the engine does. Its hosts send heartbeats while they are up.
#pragma once

#include <memory>

#include "aurora/core/commands/command.h"
#include "scenario/transcript.h"
#include "scheduler/timer_queue.h"
#include "support/fake_clock.h"

namespace aurora::scenario {

struct StageHost {
  core::Host record;
  std::string session;
  int64_t sequence = 0;
  bool is_up = true;
  std::map<core::TaskId, core::TaskStatus> tasks;  // launched there and not over
};

class Stage {
 public:
  Stage();

  // Runs a command and all that follows from it at this moment.
  Result<core::Answer> submit(const core::Command& command);
  void advance(Duration span);
  // What is due now happens, what waits is tried, and the lines of this moment are closed, beginning with
  // `at`.
  void settle(const std::string& at = "");
  // Loses what is volatile and replays the rest, after so long.
  void restart_scheduler(Duration away = {});

  void add_host(core::Host record);
  StageHost* find_host(const std::string& name);
  // Registers a new session with a complete list of tasks.
  void reconnect(StageHost& host);
  // Something happened to a task on its host.
  Result<core::Answer> report(StageHost& host, const core::TaskReport& task);

  core::Cluster& cluster() { return *cluster_; }
  Transcript& transcript() { return transcript_; }
  Instant now() const { return clock_.now(); }

 private:
  core::Context context() { return {clock_.now(), rng_, scheduler_host_, settings_}; }
  Result<core::Answer> execute(const core::Command& command);
  void absorb(core::Decision decision);
  void deliver(const core::Effect& effect);
  void place_all();
  void send_heartbeats();
  void send(StageHost& host, core::ReportTasks report);

  test::FakeClock clock_;
  Rng rng_{1};
  SharedText scheduler_host_ = "scheduler";
  core::SchedulerSettings settings_;
  std::unique_ptr<core::Cluster> cluster_;
  scheduler::TimerQueue timers_;
  std::vector<core::Change> durable_;
  std::map<std::string, StageHost> hosts_;
  int sessions_ = 0;
  Instant next_heartbeat_;
  Transcript transcript_;
};

}  // namespace aurora::scenario

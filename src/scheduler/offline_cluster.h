// A scheduler without a world: the real engine on a state in memory, with a clock of its own and hosts that do at once
// what they are told. Nothing waits and nothing leaves the process; the same state, commands and seed give the same
// history. One thread.
//
// Every host reports as often as it must. A launch runs a second later and goes on, unless `task_lasts` says how long;
// a kill ends a task a second later. A host that was lost does nothing any more, so that the engine gives it up when its
// time has come. Coordinators allow everything: who they are is told by coordinators().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/scheduler/engine.h"

namespace aurora::scheduler {

struct OfflineSetup {
  core::SchedulerSettings settings;
  Instant at;                       // where its clock begins
  uint64_t seed = 1;
  std::set<core::HostId> silent = {};  // of the state's hosts: lost from the beginning
  Recorder* recorder = nullptr;        // hears of every round; outlives the cluster
};

class OfflineCluster final : public Outbox {
 public:
  OfflineCluster(std::vector<core::Change> state, OfflineSetup setup);
  ~OfflineCluster() override;

  std::function<void(const core::Change&)> on_change = [](const core::Change&) {};  // each durable one
  std::function<std::optional<Duration>(const core::Task&)> task_lasts = [](const core::Task&) {
    return std::optional<Duration>();
  };

  Status start();  // all hosts have reported when it returns
  void add_host(core::Host host);  // a new one, which reports
  void lose_host(const core::HostId& host);
  template <typename C>
  Result<typename C::Answer> submit(C command) {
    Result<core::Answer> answer = submit_command(core::Command(std::move(command)));
    if (!answer.ok()) return std::move(answer).error();
    return std::get<typename C::Answer>(std::move(answer).value());
  }
  void run_until(Instant end);
  // Time passes until nothing moves any more, or for `most`. True: nothing moves. What waits has then been tried for
  // as long as anything that the engine does by itself may take: a preemption, a reservation, the next look at a drain.
  bool settle(Duration most);
  // What still moves, in words; empty: nothing.
  std::string movement() const;

  Instant now() const { return clock_.now(); }
  uint64_t rounds() const { return rounds_; }
  const std::set<std::string>& coordinators() const { return coordinators_; }
  void post(std::vector<core::Effect> effects) override;  // the engine's
  template <typename F>
  auto look(F function) const {
    return engine_->look(std::move(function)).value;
  }

 private:
  class Clock final : public aurora::Clock {
   public:
    explicit Clock(Instant at) : now_(at) {}
    Instant now() const override { return now_; }
    Duration monotonic() const override { return {now_.ms}; }
    void set(Instant to) { now_ = to; }

   private:
    Instant now_;
  };
  class State;
  class Log;
  struct Host {
    core::Host record;
    int64_t sequence = 0;
    bool is_lost = false;
  };

  Result<core::Answer> submit_command(core::Command command);
  void run_rounds();
  bool step(Instant end);
  void do_deeds();
  void beat();
  void list_all(Host& host);
  void send(core::ReportTasks report);
  void expect_ends();
  void note_launch(const core::LaunchTask& launch);
  Duration quiet_time(const core::Cluster& cluster) const;
  void note_move(const core::Change& change);

  const OfflineSetup setup_;
  Clock clock_;
  Counters counters_;
  std::unique_ptr<State> store_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Engine> engine_;
  std::map<core::HostId, Host> hosts_;
  // What hosts report, and when.
  std::map<Instant, std::map<core::HostId, std::vector<core::TaskReport>>> deeds_;
  std::set<core::HostId> wants_list_;
  std::set<core::HostId> unheard_;  // lost, and the engine does not know it yet
  std::set<std::string> coordinators_;
  std::vector<core::CoordinatorAnswer> said_;  // not yet
  Instant next_beat_;
  Instant last_move_;
  uint64_t rounds_ = 0;
};

}  // namespace aurora::scheduler

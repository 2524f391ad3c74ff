// A host: its machine and the real host loop, which is killed and started again.
#pragma once

#include <memory>

#include "aurora/base/slewed_clock.h"
#include "aurora/executor/host_loop.h"
#include "sim/machine.h"

namespace aurora::sim {

class Host final : public executor::ReportSink {
 public:
  using SendReport = std::function<void(Host&, core::ReportTasks)>;

  Host(World& world, core::Host record, LiveRuns& live, SendReport send);

  const std::string& name() const { return record_.id.value(); }
  bool is_up() const { return loop_ != nullptr; }
  void start();
  void crash();                      // kill -9 of the executor; tasks go on
  void stop();                       // the executor, in good order; tasks go on
  void lose_power();                 // the whole machine; tasks die
  void leave() { is_away_ = true; }  // it does not start again
  void crash_in_next_commit();
  void pause(Duration time);  // SIGSTOP of the executor: what arrives waits or is lost
  // Its news is acknowledged by somebody who keeps none of it: a scheduler that was deposed and does not know
  // it yet.
  void deceive(Duration time);
  bool is_deceived() const { return world_.now() < deceived_until_; }
  std::set<core::TaskId> list_active() const;  // as it would report. REQUIRES: is_up()
  Machine& machine() { return machine_; }
  void set_clock_by(Duration jump) { clock_.set_by(jump); }
  // Lost while the executor is down; orders of a scheduler of another cluster are refused.
  void receive(core::HostEvent event, const std::string& cluster_id = kClusterId);
  // A scheduler of another cluster, which takes this host's tasks for its own mess.
  void kill_for_a_stranger(const std::set<core::TaskId>& task_ids);
  // Since when nothing but the scheduler itself has kept its reports from being heard.
  Instant is_well_since() const { return loop_ ? well_since_ : world_.now(); }
  void on_trouble(Instant until) { well_since_ = std::max(well_since_, until); }
  void post(core::ReportTasks report) override;

  // Plants a bug: every launch that arrives starts a runner.
  bool launches_are_not_idempotent = false;

 private:
  bool is_paused() const { return world_.now() < paused_until_; }
  void wake();
  void step();
  void step_at(Instant when);

  World& world_;
  core::Host record_;
  SendReport send_;
  Machine machine_;
  Counters counters_;
  MachineClock clock_;
  std::unique_ptr<SlewedClock> time_;  // the executor's
  std::unique_ptr<executor::HostLoop> loop_;
  bool is_away_ = false;
  std::string cluster_id_;                     // on its disk
  std::set<core::TaskId> killed_;              // by its own scheduler
  std::set<core::TaskId> killed_by_stranger_;  // and by its own perhaps later
  Instant paused_until_;
  Instant deceived_until_;
  Instant well_since_;
  std::vector<std::pair<core::HostEvent, std::string>>
      waiting_;                // arrived during a pause, and from which cluster
  uint64_t awaited_step_ = 0;  // steps scheduled before are out of date
};

}  // namespace aurora::sim

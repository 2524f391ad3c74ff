// The scheduler's process: the real engine with a log on a simulated disk, killed and started again.
#pragma once

#include <memory>

#include "api/host_queues.h"
#include "aurora/base/slewed_clock.h"
#include "aurora/core/process/host_tasks.h"
#include "aurora/scheduler/engine.h"
#include "aurora/scheduler/recorder.h"
#include "sim/cron.h"
#include "sim/promises.h"
#include "sim/round_log.h"
#include "sim/world.h"
#include "support/memory_store.h"

namespace aurora::sim {

class Scheduler final : public scheduler::Outbox {
 public:
  using Deliver = std::function<void(const core::HostId&, core::HostEvent)>;  // a launch or a kill

  Scheduler(World& world, Deliver deliver);

  bool is_up() const { return engine_ != nullptr; }
  scheduler::Engine& engine() { return *engine_; }  // REQUIRES: is_up()
  // What no crash can undo: the changes of every round up to the one of which somebody is told just now.
  const core::Cluster& durable() const { return *durable_; }                        // REQUIRES: is_up()
  bool was_deleted(const core::TaskId& id) const { return deleted_.contains(id); }  // durably
  bool has_ended(const core::UpdateKey& key) const { return ended_updates_.contains(key); }  // durably
  void start();
  void crash();  // whatever is in flight; a power failure half of the time
  void crash_in_next_commit();
  // The process stands still (SIGSTOP, a suspended machine): what arrives waits or is lost, time goes on.
  void pause(Duration time);
  Duration paused_since(Instant since) const;  // in all
  void stall_disk(Duration time);  // while the process goes on
  // Hosts do not answer orders: these wait, and stay away from the network.
  void silence_hosts(Duration time);
  void hear_hosts();
  // Somebody copies the store, and later puts the copy in its place. `on_rolled_back` is told: what was
  // committed since is not there any more, and nobody may take that for a reason to kill.
  void copy_store() { copied_bytes_ = disk_.bytes().size(); }
  void roll_back();
  std::function<void()> on_rolled_back = [] {};
  // Dropped, like a connection, when the scheduler is down or dies before it answers.
  // `mark`: of one that its client may send again.
  void submit(core::Command command, scheduler::Engine::Done done,
              std::optional<core::RequestMark> mark = std::nullopt);
  // `told` gets what `function` saw of the cluster, unless the scheduler dies first.
  template <typename F, typename Told>
  void read(F function, Told told) {
    if (engine_ && !is_paused()) hold(engine_->look(std::move(function)), told);
  }
  // The same for what is told of one job only.
  template <typename F, typename Told>
  void read_job(const core::JobKey& job, F function, Told told) {
    if (!engine_ || is_paused()) return;
    hold(engine_->look_at_job(std::move(function), [&](const auto&) { return &job; }), told);
  }
  template <typename T, typename Told>
  void hold(scheduler::Engine::Reading<T> reading, Told told) {
    ++reads_held_;
    const auto tell = [this, told, value = std::move(reading.value)] {
      --reads_held_;
      told(value);
    };
    early == Early::None || early == Early::Read ? engine_->when_durable(reading.round, tell)
                                                 : log_->after_durable(tell);
  }
  void post(std::vector<core::Effect> effects) override;
  size_t room() const override { return orders_->make_room(world_.monotonic()); }

  const CronWatch& cron() const { return cron_; }

  void set_clock_by(Duration jump) { clock_.set_by(jump); }
  Instant now() const { return time_->now(); }  // REQUIRES: is_up()

  // A planted bug: digests as if there were no statuses in them. `ids`: of the host's tasks when it sent the
  // report.
  bool ignores_statuses = false;
  void leave_out_statuses(core::ReportTasks& report, const std::set<core::TaskId>& ids);

  // Planted bugs: what leaves when it is decided, not when it is durable; the disk does not sync; a kill is
  // sent only once; time passes while nobody looks; what the tables do not have is killed.
  enum class Early { None, Answer, Effect, Read };
  Early early = Early::None;
  bool forgets_marks = false;  // a planted bug: what is sent again is done again
  bool kills_only_once = false;
  std::string record_to;  // a folder; empty: nothing is recorded
  bool pauses_count = false;
  bool kills_unknown = false;
  void skip_syncs() { disk_.ignores_syncs = true; }

  uint64_t rounds() const { return rounds_; }
  size_t in_flight_max() const { return in_flight_max_; }
  size_t rounds_lost() const { return rounds_lost_; }  // in crashes with several in flight
  size_t reads_lost() const { return reads_lost_; }    // held when the scheduler died
  int64_t waits_for_outbox() const { return counters_.values()["schedule_waits_for_outbox"]; }
  size_t bytes_written() const {
    return disk_.bytes().size();
  }  // another number: the durable state has changed

 private:
  struct Snapshot {
    std::map<std::string, std::string> tasks;  // by name, as JSON
    std::map<std::string, std::string> updates;
    std::map<std::string, std::string> cron_jobs;
    std::map<std::string, std::string> hosts;
  };
  struct Crash {
    std::unique_ptr<core::Cluster> durable;  // all of it must be there afterwards
    std::vector<core::Change> unsure;        // and this, or nothing of it
  };
  struct Waiting {
    core::Command command;
    scheduler::Engine::Done done;
    std::optional<core::RequestMark> mark;
  };
  bool is_paused() const { return world_.now() < paused_until_; }
  void wake();
  void accept(Waiting waiting);
  void refuse_second_answer(const core::Change& change);
  void step();
  void step_at(Instant when);
  void die();
  void kill_unknown(const core::ReportTasks& report);
  void leave(core::Effect effect);
  void ask(const core::AskCoordinator& question);
  void send_orders();
  void send(const core::Effect& effect);
  void refuse_wrong_kill(const core::Effect& effect);
  void make_log();
  std::unique_ptr<core::Cluster> load_durable();
  void note_ended(const core::Change& change);
  void note_durable(const std::vector<core::Change>& changes);
  static Snapshot take_snapshot(const core::Cluster& cluster);
  void compare_with(Crash crash);

  World& world_;
  Deliver deliver_;
  test::SimDisk disk_;
  Counters counters_;
  MachineClock clock_;
  const core::OfferOrder offer_order_;
  const core::UpdateAffinity update_affinity_;
  std::unique_ptr<SlewedClock> time_;  // the process's
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<RoundLog> log_;
  std::unique_ptr<api::HostQueues> orders_;
  std::unique_ptr<scheduler::Recorder> recorder_;
  std::unique_ptr<scheduler::Engine> engine_;
  std::unique_ptr<core::Cluster> durable_;
  CronWatch cron_;
  Promises promises_;
  std::set<core::TaskId> deleted_;
  std::set<core::UpdateKey> ended_updates_;
  std::set<core::TaskId> just_deleted_;  // by the newest durable round, tombstones too
  std::optional<Crash> crash_;
  std::set<core::TaskId> kills_sent_;  // for kills_only_once
  bool failed_commit_ = false;
  std::optional<size_t> copied_bytes_;
  Instant paused_until_;
  std::vector<std::pair<Instant, Instant>> pauses_;  // apart from each other
  Instant silent_until_;  // the hosts
  uint64_t awaited_orders_ = 0;
  std::vector<Waiting> waiting_;  // arrived during a pause
  uint64_t awaited_step_ = 0;
  uint64_t rounds_ = 0;
  size_t reads_held_ = 0;
  size_t in_flight_max_ = 0;
  size_t rounds_lost_ = 0;
  size_t reads_lost_ = 0;
};

}  // namespace aurora::sim

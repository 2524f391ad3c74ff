// The scheduler's process: the real engine on a simulated disk, killed and started again.
#pragma once

#include <memory>

#include "aurora/base/slewed_clock.h"
#include "aurora/scheduler/engine.h"
#include "sim/world.h"
#include "support/memory_store.h"

namespace aurora::sim {

class Scheduler final : public scheduler::Outbox {
 public:
  using Deliver = std::function<void(core::Effect)>;

  Scheduler(World& world, Deliver deliver);

  bool is_up() const { return engine_ != nullptr; }
  scheduler::Engine& engine() { return *engine_; }  // REQUIRES: is_up()
  void start();
  void crash();  // after what was committed; a power failure half of the time
  void crash_in_next_commit();
  // The process stands still (SIGSTOP, a suspended machine): what arrives waits or is lost, time goes on.
  void pause(Duration time);
  void pause_in_next_commit(Duration time);  // its disk hangs
  // Somebody copies the store, and later puts the copy in its place. `on_rolled_back` is told: what was
  // committed since is not there any more, and nobody may take that for a reason to kill.
  void copy_store() { copied_bytes_ = disk_.bytes().size(); }
  void roll_back();
  std::function<void()> on_rolled_back = [] {};
  // Dropped, like a connection, when the scheduler is down or dies before it answers.
  void submit(core::Command command, scheduler::Engine::Done done);
  void post(std::vector<core::Effect> effects) override;

  void set_clock_by(Duration jump) { clock_.set_by(jump); }
  Instant now() const { return time_->now(); }  // REQUIRES: is_up()

  // Planted bugs: launches and kills leave when they are decided, not when they are on disk; so do answers to
  // creates; the disk does not sync; a kill is sent only once; time passes while nobody looks; what the
  // tables do not have is killed.
  bool posts_before_commit = false;
  bool answers_before_commit = false;
  bool kills_only_once = false;
  bool pauses_count = false;
  bool kills_unknown = false;
  void skip_syncs() { disk_.ignores_syncs = true; }

  uint64_t rounds() const { return rounds_; }
  size_t bytes_written() const {
    return disk_.bytes().size();
  }  // another number: the durable state has changed

 private:
  struct Snapshot {
    std::map<std::string, std::string> tasks;  // by name, as JSON
    std::map<std::string, std::string> updates;
  };
  class EarlyStore;
  struct Waiting {
    core::Command command;
    scheduler::Engine::Done done;
  };
  bool is_paused() const { return world_.now() < paused_until_; }
  void wake();
  void accept(core::Command command, scheduler::Engine::Done done);
  scheduler::Engine::Done after_pause(scheduler::Engine::Done done);
  void step();
  void step_at(Instant when);
  void die();
  void kill_unknown(const core::ReportTasks& report);
  void note_known();
  void refuse_wrong_kill(const core::Effect& effect);
  Snapshot take_snapshot();
  void compare(const std::string& kind, const std::map<std::string, std::string>& before,
               const std::map<std::string, std::string>& after);

  World& world_;
  Deliver deliver_;
  test::SimDisk disk_;
  Counters counters_;
  MachineClock clock_;
  std::unique_ptr<SlewedClock> time_;  // the process's
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<scheduler::Engine> engine_;
  std::optional<Snapshot> committed_;  // at a crash between two commits: all of it must be there afterwards
  std::vector<std::shared_ptr<scheduler::Engine::Done>> creates_;  // for answers_before_commit
  std::set<core::TaskId> kills_sent_;                              // for kills_only_once
  std::set<core::TaskId> known_;  // in the tables when the round began
  bool failed_commit_ = false;
  std::optional<size_t> copied_bytes_;
  Instant paused_until_;
  std::vector<Waiting> waiting_;                    // arrived during a pause
  std::vector<std::function<void()>> held_output_;  // of a commit that hangs: it leaves when that is over
  uint64_t awaited_step_ = 0;
  uint64_t rounds_ = 0;
};

}  // namespace aurora::sim

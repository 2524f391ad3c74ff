// The runner of one task: the shipped TaskRun over one simulated process. It is born some time after it was
// asked for, can be stopped, and outlives its executor. What its process was sent is checked here.
#pragma once

#include <map>
#include <memory>

#include "aurora/core/process/host_tasks.h"
#include "aurora/core/process/task_run.h"
#include "aurora/core/task/task.h"
#include "sim/world.h"

namespace aurora::sim {

// Where each task's process is running now, over all hosts.
using LiveRuns = std::map<core::TaskId, std::string>;
constexpr char kSeveral[] = "several hosts";  // of a task that a rolled back store gave out again

class Runner {
 public:
  enum class Stage { Unborn, Alive, Dead };
  struct Setting {  // of the machine
    World& world;
    LiveRuns& live;
    const std::string& host;
    std::function<void(Runner&)> on_started;
    std::function<void(Runner&)> on_ended;
    bool repeats_kills = false;  // a planted bug: each request reaches the process
  };

  Runner(const Setting& setting, const core::Task& task);

  void be_born();
  void request_kill();
  void destroy();     // SIGKILL; one that is stopped goes on first, one that is not born is asked
  void lose_power();  // silently
  void pause(Duration time);

  const core::TaskId& task_id() const { return task_id_; }
  Stage stage() const { return stage_; }
  bool has_started() const { return run_ && run_->history().state().has_value(); }
  core::RunnerEnd end() const;

  // What its task's configuration says: "" is not checked; "well", "never" gets well, "sick" after a while.
  const std::string& health() const { return health_; }
  core::RunnerTraits traits() const { return {!health_.empty(), !manners_.empty()}; }
  bool is_active() const;
  void ask_to_end();  // by HTTP: a "polite" process does, a "deaf" one does not
  bool ended_because_asked() const { return ended_because_asked_; }

 private:
  bool is_paused() const { return world().now() < paused_until_; }
  World& world() const { return setting_.world; }
  void feed(const core::RunEvent& event);
  void step(const core::RunEvent& event);
  void perform(const core::RunEffect& effect);
  void launch();
  void terminate();
  void kill_everything();
  void exit_later(Duration delay, int32_t return_code);
  void exit(int32_t return_code);
  void stop_process();
  void await_timer();
  void die(std::optional<int> exit_code);
  void fail(const std::string& what) const;

  const Setting& setting_;
  core::TaskId task_id_;
  std::string behaviour_;
  std::string health_;
  std::string manners_;
  bool ended_because_asked_ = false;
  std::unique_ptr<core::TaskRun> run_;
  Stage stage_ = Stage::Unborn;
  std::optional<int> exit_code_;
  bool process_lives_ = false;
  int terms_ = 0;                       // SIGTERMs that the process was sent
  std::optional<Instant> asked_since_;  // to kill its task, for the first time
  Instant paused_until_;
  bool was_continued_ = false;  // by destroy()
  uint64_t awaited_timer_ = 0;
};

}  // namespace aurora::sim

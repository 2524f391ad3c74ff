// The scheduler's one writer: takes commands, decides, commits, applies, answers, and hands effects to the outbox.
//
// A round drains the whole queue and every due timer, commits all their changes as one batch (one disk sync), and
// only then answers and posts effects. A commit that fails ends the process. submit() and query() are thread-safe;
// run_round() is called by one thread: the engine's own (run()), or the simulation.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/base/result.h"
#include "aurora/base/rng.h"
#include "aurora/core/commands/command.h"
#include "aurora/scheduler/outbox.h"
#include "aurora/store/store.h"

namespace aurora::scheduler {

struct EngineConfig {
  std::string scheduler_host = "localhost";  // written into task events
  core::SchedulerSettings settings;
  size_t queue_max = 10'000;  // commands waiting; more are refused with Unavailable
};

class Engine {
 public:
  using Done = std::function<void(Result<core::Answer>)>;

  Engine(EngineConfig config, store::Store& store, Clock& clock, Rng rng, Outbox& outbox, Counters& counters);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Status start();  // loads the store, applies it, sets the timers; before the first round

  // Queues the command and waits until it is answered. REQUIRES: another thread is in run().
  template <typename C>
  Result<typename C::Answer> submit(C command) {
    Result<core::Answer> answer = submit_and_wait(core::Command(std::move(command)));
    if (!answer.ok()) return std::move(answer).error();
    return std::get<typename C::Answer>(std::move(answer).value());
  }
  // Queues the command; `done` is called on the engine's thread after the commit.
  void submit_async(core::Command command, Done done);

  // One round. True if it had anything to do.
  bool run_round();
  // When the next timer is due, for a caller that drives rounds itself.
  std::optional<Instant> next_timer() const;
  // Rounds until stop(); sleeps while there is nothing to do.
  void run();
  void stop();

  // `function` sees a consistent, committed Cluster and returns values, never references into it.
  template <typename F>
  auto query(F function) const {
    std::shared_lock lock(mutex_);
    return function(static_cast<const core::Cluster&>(cluster()));
  }
  const core::SchedulerSettings& settings() const;
  bool is_ready() const;  // start() has succeeded

 private:
  Result<core::Answer> submit_and_wait(core::Command command);
  const core::Cluster& cluster() const;

  struct State;
  mutable std::shared_mutex mutex_;  // the only lock around the cluster
  std::unique_ptr<State> state_;
};

}  // namespace aurora::scheduler

// The scheduler's one writer: takes commands, decides, commits, applies, answers, and hands effects to the
// outbox.
//
// A round drains the queue and every due timer, commits all their changes as one batch (one disk sync), and
// only then answers and posts effects. A commit that fails ends the process. submit() and query() are
// thread-safe; run_round() is called by one thread: the engine's own (run()), or the simulation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  core::SchedulerSettings settings = {};
  // After the start nothing is placed for so long, or until every host of the store has reported: a store may
  // be older than what hosts run, without knowing it.
  Duration listen_for = {};
  bool store_may_be_old =
      false;  // it does know it: all of that time, for there may be hosts that it does not know
  size_t queue_max = 10'000;  // commands waiting; more are refused with Unavailable
  // After a commit whose outcome is unknown. By default logs the error and ends the process; when a test's
  // own version returns, the engine answers nothing any more and does no further round.
  std::function<void(const Error&)> on_commit_failure = nullptr;
};

class Engine {
 public:
  using Done = std::function<void(Result<core::Answer>)>;

  // `clock`: asked at the beginning of each round, at least once a second, and by the engine's thread only:
  // what it lets pass between two looks is what counts against hosts and tasks (SlewedClock::attendant()).
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
  // Queues the command; `done` is called on the engine's thread after the commit. It is called at once, on
  // the caller's thread, with Unavailable when the queue is full or the engine does not run, and never when
  // the commit failed.
  void submit_async(core::Command command, Done done);

  // One round. True if it had anything to do.
  bool run_round();
  // When the next timer is due, for a caller that drives rounds itself.
  std::optional<Instant> next_timer() const;
  // Rounds until stop(); waits while there is nothing to do. Commands still queued then are answered with
  // Unavailable.
  void run();
  void stop();

  // `function` sees a consistent, committed Cluster and returns values, never references into it.
  template <typename F>
  auto query(F function) const {
    writer_waits_.wait(true);
    const std::shared_lock lock(mutex_);
    return function(cluster());
  }
  const core::SchedulerSettings& settings() const;
  bool is_ready() const;  // start() has succeeded
  // Nothing is placed before: EngineConfig::listen_for. In the past once that is over.
  Instant listens_until() const;

 private:
  struct State;
  class Round;

  void lock_for_writing(std::unique_lock<std::shared_mutex>& lock);
  Result<core::Answer> submit_and_wait(core::Command command);
  const core::Cluster& cluster() const;

  // The only lock around the cluster. The engine's thread takes it exclusively before the first change of a
  // round and keeps it until the changes are on disk: a reader never sees what a crash could undo. Readers
  // wait for a disk sync at most; decisions, the long part of a large placement, are made while they read.
  mutable std::shared_mutex mutex_;
  std::atomic<bool> writer_waits_ = false;  // new readers let it go first: together they could keep it out
  std::unique_ptr<State> state_;
};

}  // namespace aurora::scheduler

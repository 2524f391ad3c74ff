// The scheduler's one writer: takes commands, decides, applies, has the log make it durable, answers, and
// hands effects to the outbox.
//
// A round drains the queue and every due timer, places what waits, and appends all their changes to the log.
// The next rounds are decided on what it has left in memory while the log is still at it; its answers and
// effects leave once it is durable, round after round. So do the answers of queries, once the newest round
// that they may have seen is. A round that cannot be made durable ends the process. submit(), query() and
// look() are thread-safe; run_round() is called by one thread: the engine's own (run()), or the simulation.
//
// Locks, none taken under another: mutex_ guards the cluster; the queue and what is in flight have their own
// (engine_state.h, rounds_in_flight.h).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/base/figures.h"
#include "aurora/base/result.h"
#include "aurora/base/rng.h"
#include "aurora/core/commands/command.h"
#include "aurora/scheduler/event_window.h"
#include "aurora/scheduler/outbox.h"
#include "aurora/scheduler/round_log.h"
#include "aurora/store/store.h"

namespace aurora::scheduler {

class Recorder;        // aurora/scheduler/recorder.h
class TransitionSink;  // aurora/scheduler/transition_sink.h

struct EngineConfig {
  SharedText scheduler_host = "localhost";  // written into task events
  core::SchedulerSettings settings = {};
  // After the start nothing is placed for so long, or until every host of the store has reported: a store may
  // be older than what hosts run, without knowing it.
  Duration listen_for = {};
  bool store_may_be_old =
      false;  // it does know it: all of that time, for there may be hosts that it does not know
  size_t events_max = 20'000;  // kept for who follows them
  size_t queue_max = 10'000;  // commands waiting; more are refused with Unavailable
  TransitionSink* transitions = nullptr;  // outlives the engine
  // After a round whose fate is unknown, on the log's thread. By default logs the error and ends the process;
  // when a test's own version returns, the engine answers nothing any more and does no further round.
  std::function<void(const Error&)> on_commit_failure = nullptr;
  Recorder* recorder = nullptr;  // hears of every round; outlives the engine
};

class Engine {
 public:
  using Done = std::function<void(Result<core::Answer>)>;

  // `store` is loaded by start(); from then on it is the log's. `log` calls no `done` after the engine's end:
  // run() has waited for all of them. `clock`: asked at the beginning of each round, at least once a second,
  // and by the engine's thread only: what it lets pass between two looks is what counts against hosts and
  // tasks (SlewedClock::attendant()).
  Engine(EngineConfig config, store::Store& store, RoundLog& log, Clock& clock, Rng rng, Outbox& outbox,
         Counters& counters);
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
  // Queues the command; `done` is called once its round is durable, on the log's thread or the engine's, for
  // which it must not wait. It is called at once, on the caller's thread, with Unavailable when the queue is
  // full or the engine does not run, and never when the log has failed. `mark`: of a request that may be sent
  // again; the same one within ten minutes, also after a restart, gets the same answer and changes nothing.
  void submit_async(core::Command command, Done done, std::optional<core::RequestMark> mark = std::nullopt);

  // One round. True if it had anything to do; false, and no look at the clock, while too much is in flight.
  bool run_round();
  // When the next timer is due, for a caller that drives rounds itself.
  std::optional<Instant> next_timer() const;
  // Rounds until stop(); waits while there is nothing to do. What was decided by then is made durable and
  // answered; commands still queued are answered with Unavailable.
  void run();
  void stop();

  // From now on nothing is decided and no time passes: every command, those that wait too, is refused with Unavailable
  // and `why`. What was decided before goes its way, and queries are answered. Thread-safe.
  void suspend(std::string why);
  void resume();

  // `function` sees a consistent Cluster and returns values, never references into it. It waits for the
  // changes of one decision at most, never for the log; the caller gets the value when no crash can undo what
  // was seen. When the log has failed, that is never.
  template <typename F>
  auto query(F function) const {
    auto reading = look(std::move(function));
    wait_until_durable(reading.round);
    return std::move(reading.value);
  }
  // The same for who does not wait: the value, and the newest round of which it may tell. It may be used
  // inside, but must not leave the process before when_durable(round).
  template <typename T>
  struct Reading {
    T value;
    RoundNumber round = 0;
  };
  template <typename F>
  auto look(F function) const -> Reading<decltype(function(std::declval<const core::Cluster&>()))> {
    writer_waits_.wait(true);
    const std::shared_lock lock(mutex_);
    return {function(cluster()), applied_};
  }
  // The same for a function that tells of one job only: its tasks and updates, and the hosts that they are on. What is
  // in flight of others is not waited for. `job_of`: const JobKey*(const value&), the job; nullptr: it tells of more.
  template <typename F, typename JobOf>
  auto look_at_job(F function, const JobOf& job_of) const
      -> Reading<decltype(function(std::declval<const core::Cluster&>()))> {
    writer_waits_.wait(true);
    const std::shared_lock lock(mutex_);
    auto value = function(cluster());
    const core::JobKey* job = job_of(std::as_const(value));
    const RoundNumber round = job == nullptr ? applied_ : newest_round_of(*job);
    return {std::move(value), round};
  }
  // `tell` is called as a `done` is; at once, on the caller's thread, if the round is durable.
  void when_durable(RoundNumber round, std::function<void()> tell) const;
  bool is_round_durable(RoundNumber round) const;
  const core::SchedulerSettings& settings() const;
  bool is_ready() const;  // start() has succeeded
  // Nothing is placed before: EngineConfig::listen_for. In the past once that is over.
  Instant listens_until() const;

  // What has happened since the start. Thread-safe, and no query: what is there is durable. REQUIRES: start() has
  // succeeded.
  EventWindow& events() const;

  // What it tells of itself beside its counters. Thread-safe, and no query.
  Figures values_of_things() const;  // counters of jobs, racks and the like, as many as there are
  // How long the tasks of a configuration wait between two tries; nothing if none of them waits.
  std::optional<Duration> penalty_of(const core::ConfigHash& group) const;
  size_t queue_length() const;  // commands that wait
  size_t timer_count() const;

 private:
  struct State;
  class Round;

  void lock_for_writing(std::unique_lock<std::shared_mutex>& lock);
  Result<core::Answer> submit_and_wait(core::Command command);
  void wait_until_durable(RoundNumber round) const;
  const core::Cluster& cluster() const;
  RoundNumber newest_round_of(const core::JobKey& job) const;  // under mutex_

  // The only lock around the cluster, and around applied_. The engine's thread takes it exclusively to apply
  // changes, all of a decision at once (of a placement: some of them), and gives it up between two decisions
  // when it has had it for a while (round.cpp), before a placement is decided, and before anything goes to
  // the log.
  mutable std::shared_mutex mutex_;
  RoundNumber applied_ = 0;                 // the newest round of which the cluster has durable changes
  std::atomic<bool> writer_waits_ = false;  // new readers let it go first: together they could keep it out
  std::unique_ptr<State> state_;
};

}  // namespace aurora::scheduler

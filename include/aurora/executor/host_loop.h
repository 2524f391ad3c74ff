// The executor's one writer: takes events, decides (core::HostTasks), writes the journal, applies, performs.
//
// A round drains the queue and what the runners did, writes all records as one batch (one disk sync), and only then
// answers, starts and signals runners and hands reports to the link. submit() and query() are thread-safe; run_round()
// is called by one thread: run()'s, or the simulation. No threads and no clock of its own.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/core/process/host_tasks.h"
#include "aurora/executor/health_watch.h"
#include "aurora/executor/host_journal.h"
#include "aurora/executor/runner_host.h"

namespace aurora::executor {

// Where reports go. post() never blocks; each message is answered, sooner or later and on any thread, by
// submit(ReportAnswered{sequence, answer}); a message that is never answered is replaced after a while. At most one
// is unanswered, except after that.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  virtual void post(core::ReportTasks report) = 0;
};

class HostLoop {
 public:
  using Done = std::function<void(Status)>;

  HostLoop(core::HostTasks tasks, RunnerHost& runners, HostJournal& journal, ReportSink& reports, Clock& clock,
           Counters& counters);

  // Called on the loop's thread when the host has been accepted by its first cluster; again after a failure. Before
  // the first round.
  using RememberCluster = std::function<Status(const std::string& cluster_id)>;
  void on_join(RememberCluster remember) { remember_cluster_ = std::move(remember); }

  // Who checks tasks and asks them to end, if anybody does. Before the first round.
  void set_health_watch(HealthWatch& watch) { health_ = &watch; }

  Status start();  // loads the journal, adopts the runners it finds; before the first round

  // Queues the event. `done` is called on the loop's thread once its records are on disk, or with the error if they
  // could not be written; then they are kept and written as soon as the disk takes them.
  void submit(core::HostEvent event, Done done = nullptr);
  // Queues and waits. REQUIRES: another thread is in run().
  Status submit_and_wait(core::HostEvent event);

  // One round: drains the queue, does not wait. True if it had anything to do.
  bool run_round();
  // When a round has something to do without an event; its start if it has already.
  Instant next_timer() const;
  void leave();  // the last round of an executor that is stopped in good order: tells the scheduler
  void run();    // rounds until stop(), then leave(); waits while there is nothing to do
  void stop();  // thread-safe; leaves the tasks running

  template <typename F>
  auto query(F function) const {
    std::shared_lock lock(mutex_);
    return function(static_cast<const core::HostTasks&>(tasks_));
  }

 private:
  struct Queued {
    core::HostEvent event;
    Done done;
  };

  std::deque<Queued> take_queue();
  void find_again(const RunnerHost::FoundFolder& folder);
  void decide(const core::HostEvent& event);
  void take(core::HostDecision decision);  // applies its records and keeps the rest for commit()
  bool commit();
  void compact();
  void perform(const core::HostEffect& effect);
  bool start_runners();
  void remember_cluster();

  mutable std::shared_mutex mutex_;  // around tasks_
  core::HostTasks tasks_;
  RunnerHost& runners_;
  HostJournal& journal_;
  ReportSink& reports_;
  HealthWatch* health_ = nullptr;
  Clock& clock_;
  Counters& counters_;
  // Of this round, and of rounds whose records the disk has not taken yet.
  core::HostDecision pending_;
  std::vector<Done> waiting_;
  Instant next_commit_;
  RememberCluster remember_cluster_ = [](const std::string&) -> Status { return Unit{}; };
  std::string joined_;  // the cluster that is not remembered yet
  Instant next_remember_;
  std::deque<core::Task> to_start_;  // accepted; a few per round, so that other events are not kept waiting

  mutable std::mutex queue_mutex_;
  std::deque<Queued> queue_;
  bool stopping_ = false;
};

}  // namespace aurora::executor

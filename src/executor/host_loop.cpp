#include "aurora/executor/host_loop.h"

#include <condition_variable>
#include <memory>

#include "aurora/base/log.h"
#include "aurora/base/overloaded.h"

namespace aurora::executor {
namespace {

constexpr size_t kStartsPerRound = 16;
constexpr Duration kCommitRetry = seconds(1);

}  // namespace

HostLoop::HostLoop(core::HostTasks tasks, RunnerHost& runners, HostJournal& journal, ReportSink& reports,
                   Clock& clock, Counters& counters)
    : tasks_(std::move(tasks)),
      runners_(runners),
      journal_(journal),
      reports_(reports),
      clock_(clock),
      counters_(counters) {}

Status HostLoop::start() {
  for (const core::HostRecord& record : TRY(journal_.load())) tasks_.apply(record);
  for (const RunnerHost::FoundFolder& folder : runners_.list_found()) find_again(folder);
  for (const core::TaskId& task_id : tasks_.list_active()) {
    const core::HostTasks::FoundRunner found = runners_.adopt(task_id);
    counters_.add(found.alive ? "executor_tasks_adopted" : "executor_tasks_found_dead");
    take(tasks_.adopt(task_id, found, clock_.now()));
  }
  return Unit{};
}

// The journal may have lost what a folder still says.
void HostLoop::find_again(const RunnerHost::FoundFolder& folder) {
  const core::TaskId& task_id = folder.task_id;
  if (tasks_.needs_recovery(task_id)) {
    counters_.add("executor_tasks_recovered");
    if (folder.is_held)
      log_error("executor", task_id.value() + " is not in the host journal, but it runs: it is taken back");
    take(tasks_.recover(runners_.recover(task_id)));
  }
  if (!folder.is_held || !is_terminal(tasks_.find(task_id)->status)) return;
  if (!runners_.adopt(task_id).alive) return;
  log_error("executor", task_id.value() + " was reported as ended, but it runs: it is ended now");
  take(tasks_.end_survivor(task_id, clock_.now()));
}

void HostLoop::take(core::HostDecision decision) {
  for (const core::HostRecord& record : decision.records) tasks_.apply(record);
  std::move(decision.records.begin(), decision.records.end(), std::back_inserter(pending_.records));
  std::move(decision.effects.begin(), decision.effects.end(), std::back_inserter(pending_.effects));
}

void HostLoop::submit(core::HostEvent event, Done done) {
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.push_back({std::move(event), std::move(done)});
  }
  runners_.wake();
}

Status HostLoop::submit_and_wait(core::HostEvent event) {
  struct Waiter {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Status> answer;
  };
  const auto waiter = std::make_shared<Waiter>();
  submit(std::move(event), [waiter](Status status) {
    const std::lock_guard lock(waiter->mutex);
    waiter->answer = std::move(status);
    waiter->answered.notify_one();
  });
  std::unique_lock lock(waiter->mutex);
  waiter->answered.wait(lock, [&] { return waiter->answer.has_value(); });
  return *waiter->answer;
}

std::deque<HostLoop::Queued> HostLoop::take_queue() {
  const std::lock_guard lock(queue_mutex_);
  return std::exchange(queue_, {});
}

void HostLoop::decide(const core::HostEvent& event) {
  if (const auto* failed = std::get_if<core::StartFailed>(&event); failed && failed->status != core::TaskStatus::Killed) {
    counters_.add("executor_tasks_not_started");
    log_warning("executor", failed->task_id.value() + ": " + failed->message);
  }
  const std::unique_lock lock(mutex_);
  take(tasks_.decide(event, clock_.now()));
}

bool HostLoop::run_round() {
  // In this order: what was said to a task before it ended is decided before its end is.
  const std::vector<core::HostEvent> news = runners_.wait(Duration{});
  std::deque<Queued> queue = take_queue();
  for (Queued& queued : queue) {
    decide(queued.event);
    if (queued.done) waiting_.push_back(std::move(queued.done));
  }
  for (const core::HostEvent& event : news) decide(event);
  const bool started = start_runners();
  decide(core::TimerFired{});
  remember_cluster();
  return commit() || started || !queue.empty() || !news.empty();
}

// True if there was something to write or perform. On failure all of it waits for the next attempt: nothing has left
// this process yet.
bool HostLoop::commit() {
  if (pending_.records.empty() && pending_.effects.empty() && waiting_.empty()) return false;
  if (clock_.now() < next_commit_) return false;
  const Status written = journal_.append(pending_.records);
  for (const Done& done : std::exchange(waiting_, {})) done(written);
  if (!written.ok()) {
    log_error("executor", "the host journal cannot be written; trying again: " + written.error().message);
    next_commit_ = clock_.now() + kCommitRetry;
    return false;
  }
  for (const core::HostEffect& effect : std::exchange(pending_, {}).effects) perform(effect);
  if (journal_.wants_compaction()) compact();
  return true;
}

// All that was applied is written: the table is the journal.
void HostLoop::compact() {
  const Status compacted = journal_.compact(tasks_.snapshot());
  if (!compacted.ok()) log_warning("executor", "the host journal is not made shorter: " + compacted.error().message);
}

// Orders of other clusters are refused from the moment of joining; on disk it is for those to come.
void HostLoop::remember_cluster() {
  if (joined_.empty() || clock_.now() < next_remember_) return;
  const Status remembered = remember_cluster_(joined_);
  if (remembered.ok()) {
    log_info("executor", "this host belongs to the cluster with the id " + joined_ + " from now on");
    joined_.clear();
    return;
  }
  log_error("executor", "the cluster of this host cannot be remembered; trying again: " + remembered.error().message);
  next_remember_ = clock_.now() + kCommitRetry;
}

void HostLoop::perform(const core::HostEffect& effect) {
  std::visit(Overloaded{
                 [&](const core::StartRunner& e) { to_start_.push_back(e.task); },
                 [&](const core::SignalRunner& e) { runners_.request_kill(e.task_id); },
                 [&](const core::DestroyRunner& e) { runners_.destroy(e.task_id); },
                 [&](const core::CheckHealth& e) {
                   if (health_ != nullptr) health_->watch(e.task_id, e.is_healthy);
                 },
                 [&](const core::BeginShutdown& e) {
                   if (health_ != nullptr) health_->shut_down(e.task_id);
                 },
                 [&](const core::LeaveTask& e) {
                   if (health_ != nullptr) health_->leave(e.task_id);
                 },
                 [&](const core::JoinCluster& e) { joined_ = e.cluster_id; },
                 [&](const core::SendReport& e) {
                   counters_.add("executor_reports_sent");
                   reports_.post(e.report);
                 },
             },
             effect);
}

bool HostLoop::start_runners() {
  const bool any = !to_start_.empty() && runners_.can_start();
  for (size_t left = kStartsPerRound; left > 0 && !to_start_.empty() && runners_.can_start(); --left) {
    const core::Task task = std::move(to_start_.front());
    to_start_.pop_front();
    const core::HostTask* known = tasks_.find(task.id);
    if (known == nullptr || is_terminal(known->status)) continue;
    if (known->asked_outcome()) {
      decide(core::StartFailed{task.id, core::TaskStatus::Killed, "Task killed during initialization.",
                               core::EndReason{.cause = core::EndCause::Killed}});
      continue;
    }
    if (const Status started = runners_.start(task, known->summary.gpus); !started.ok()) {
      decide(failure_of(task.id, started.error()));
    } else {
      counters_.add("executor_tasks_started");
    }
  }
  return any;
}

Instant HostLoop::next_timer() const {
  if (!pending_.records.empty()) return next_commit_;
  return to_start_.empty() || !runners_.can_start() ? tasks_.next_timer() : clock_.now();
}

void HostLoop::run() {
  for (;;) {
    {
      const std::lock_guard lock(queue_mutex_);
      if (stopping_) break;
    }
    if (run_round()) continue;
    const Duration idle = std::max(Duration{}, next_timer() - clock_.now());
    for (core::HostEvent& event : runners_.wait(idle)) submit(std::move(event));
  }
  leave();
}

void HostLoop::leave() {
  decide(core::Stopping{});
  commit();
}

void HostLoop::stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  runners_.wake();
}

}  // namespace aurora::executor

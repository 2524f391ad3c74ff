#include "aurora/scheduler/local_round_log.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "aurora/base/clock.h"

namespace aurora::scheduler {
namespace {

using std::chrono::nanoseconds;

// Whoever was answered tends to ask again at once. After a batch of several rounds the next one waits for
// them, for this part of the time that the last took: on a slow disk they would miss a sync that is worth
// many of their requests. A wait that timers cannot measure is none.
constexpr int kGatherPart = 8;
constexpr nanoseconds kGatherLeast = std::chrono::microseconds(200);
constexpr nanoseconds kGatherMost = std::chrono::milliseconds(2);

nanoseconds gather_time(size_t rounds, nanoseconds took) {
  const nanoseconds time = std::min(took / kGatherPart, kGatherMost);
  return rounds > 1 && time >= kGatherLeast ? time : nanoseconds(0);
}

}  // namespace

LocalRoundLog::LocalRoundLog(store::Store& store, Counters& counters)
    : store_(store), counters_(counters), thread_([this] { run(); }) {}

LocalRoundLog::~LocalRoundLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LocalRoundLog::append(RoundNumber, std::vector<core::Change> changes, Done done) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = waiting_.empty();
    waiting_.push_back({std::move(changes), std::move(done)});
  }
  if (is_first) changed_.notify_one();
}

void LocalRoundLog::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    changed_.wait_for(lock, gather_for_, [this] { return stopping_; });
    std::vector<Appended> batch = std::exchange(waiting_, {});
    lock.unlock();
    if (!write(std::move(batch))) return;
    lock.lock();
  }
}

bool LocalRoundLog::write(std::vector<Appended> batch) {
  std::vector<core::Change> changes = std::move(batch.front().changes);
  for (size_t i = 1; i < batch.size(); ++i) {
    changes.insert(changes.end(), std::make_move_iterator(batch[i].changes.begin()),
                   std::make_move_iterator(batch[i].changes.end()));
  }
  const int64_t start = steady_nanos();
  const Status committed = store_.commit(changes);
  if (!committed.ok()) {
    batch.front().done(committed);
    return false;
  }
  const int64_t took = steady_nanos() - start;
  gather_for_ = gather_time(batch.size(), nanoseconds(took));
  counters_.add("scheduler_log_native_append_events");
  counters_.add("scheduler_log_native_append_nanos_total", took);
  for (const Appended& appended : batch) appended.done(committed);
  return true;
}

}  // namespace aurora::scheduler

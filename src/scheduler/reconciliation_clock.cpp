#include "aurora/scheduler/reconciliation_clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "aurora/base/clock.h"

namespace aurora::scheduler {
namespace {

constexpr Duration kShortest = milliseconds(1);  // of an interval: the thread must not spin

struct Round {
  core::Reconcile::Kind kind;
  Duration next;  // by the monotonic clock
  Duration interval;
};

}  // namespace

struct ReconciliationClock::State {
  void run(const ReconciliationTimes& times, const Ask& ask);

  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;
};

ReconciliationClock::ReconciliationClock(const ReconciliationTimes& times, Ask ask) : state_(std::make_unique<State>()) {
  state_->thread = std::thread([state = state_.get(), times, ask = std::move(ask)] { state->run(times, ask); });
}

ReconciliationClock::~ReconciliationClock() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void ReconciliationClock::State::run(const ReconciliationTimes& times, const Ask& ask) {
  const Duration first = clock.monotonic() + times.initial_delay;
  Round rounds[] = {
      {core::Reconcile::Kind::Explicit, first, std::max(times.explicit_interval, kShortest)},
      {core::Reconcile::Kind::Implicit, first + times.schedule_spread, std::max(times.implicit_interval, kShortest)}};
  std::unique_lock lock(mutex);
  while (!stopping) {
    Round& next = *std::ranges::min_element(rounds, {}, &Round::next);
    const Duration wait = next.next - clock.monotonic();
    if (wait.ms > 0) {
      changed.wait_for(lock, std::chrono::milliseconds(wait.ms));
      continue;
    }
    next.next = clock.monotonic() + next.interval;
    lock.unlock();
    ask(next.kind);
    lock.lock();
  }
}

}  // namespace aurora::scheduler

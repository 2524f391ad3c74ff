#include "scheduler/rounds_in_flight.h"

#include <chrono>
#include <future>
#include <memory>

#include "aurora/base/result.h"

namespace aurora::scheduler {

void RoundsInFlight::add(RoundNumber round, size_t bytes, Duration now, Tell tell) {
  const std::lock_guard lock(mutex_);
  rounds_.push_back({round, bytes, now});
  bytes_ += bytes;
  last_ = round;
  waiters_.emplace(round, Waiter{std::move(tell)});
}

void RoundsInFlight::add_behind(Tell tell) {
  std::unique_lock lock(mutex_);
  const bool is_next = !telling_ && !failed_ && waiters_.empty() && last_ <= durable_;
  if (!is_next) {
    waiters_.emplace(last_, Waiter{std::move(tell)});
    return this->tell(lock);
  }
  telling_ = true;
  lock.unlock();
  tell();
  lock.lock();
  telling_ = false;
  this->tell(lock);
}

void RoundsInFlight::when_durable(RoundNumber round, Tell tell) {
  if (is_durable(round)) return tell();
  std::unique_lock lock(mutex_);
  waiters_.emplace(round, Waiter{std::move(tell), true});
  ++readers_;
  this->tell(lock);  // it may have become durable since
}

void RoundsInFlight::wait_until_durable(RoundNumber round) {
  if (is_durable(round)) return;
  const auto told =
      std::make_shared<std::promise<void>>();  // shared: told by a thread that may still be in it
  std::future<void> is_told = told->get_future();
  when_durable(round, [told] { told->set_value(); });
  is_told.get();
}

void RoundsInFlight::done(RoundNumber round) {
  std::unique_lock lock(mutex_);
  AURORA_CHECK(!rounds_.empty() && rounds_.front().round == round);
  bytes_ -= rounds_.front().bytes;
  rounds_.pop_front();
  durable_ = round;
  tell(lock);
}

void RoundsInFlight::fail() {
  const std::lock_guard lock(mutex_);
  failed_ = true;
  changed_.notify_all();
}

void RoundsInFlight::tell(std::unique_lock<std::mutex>& lock) {
  if (telling_) return;
  telling_ = true;
  while (!failed_ && !waiters_.empty() && waiters_.begin()->first <= durable_) {
    Waiter next = std::move(waiters_.begin()->second);
    waiters_.erase(waiters_.begin());
    if (next.is_reader) --readers_;
    lock.unlock();
    next.tell();
    next.tell = nullptr;
    lock.lock();
  }
  telling_ = false;
  changed_.notify_all();
}

bool RoundsInFlight::is_full_locked(Duration now) const {
  return waiters_.size() - readers_ >= kTellsWaitingMax || bytes_ >= kBytesInFlightMax ||
         (!rounds_.empty() && now - rounds_.front().since >= kStalledAfter);
}

bool RoundsInFlight::is_full(Duration now) const {
  const std::lock_guard lock(mutex_);
  return is_full_locked(now);
}

bool RoundsInFlight::wait_for_room(const Clock& clock, Duration most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(most.ms),
                           [&] { return !is_full_locked(clock.monotonic()); });
}

void RoundsInFlight::wait_until_told() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failed_ || (!telling_ && waiters_.empty()); });
}

}  // namespace aurora::scheduler

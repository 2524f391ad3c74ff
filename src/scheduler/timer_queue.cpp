#include "scheduler/timer_queue.h"

#include <utility>

namespace aurora::scheduler {

void TimerQueue::apply(core::TimerChanges changes) {
  for (const core::TimerSubject& subject : changes.over) cancel(subject);
  for (core::Timer& timer : changes.set) add(std::move(timer));
}

std::optional<core::TimedCommand> TimerQueue::take_due(Instant now) {
  if (heap_.empty() || heap_.front().due > now) return std::nullopt;
  const uint32_t timer = heap_.front().timer;
  core::TimedCommand command = std::move(timers_[timer].command);
  unlink(timer);
  release(timer);
  return command;
}

void TimerQueue::add(core::Timer timer) {
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(timers_.size()));
    timers_.emplace_back();
  }
  const uint32_t number = free_.back();
  free_.pop_back();
  Subjects::value_type& subject = *subjects_.try_emplace(subject_of(timer.command), kNone).first;
  const uint32_t next = std::exchange(subject.second, number);
  timers_[number] = {std::move(timer.command), &subject, next, 0};
  heap_.emplace_back();
  put(heap_.size() - 1, {timer.due, next_order_++, number});
  move_up(heap_.size() - 1);
}

void TimerQueue::cancel(const core::TimerSubject& subject) {
  const auto known = subjects_.find(subject);
  if (known == subjects_.end()) return;
  for (uint32_t timer = known->second; timer != kNone;) release(std::exchange(timer, timers_[timer].next));
  subjects_.erase(known);
}

void TimerQueue::unlink(uint32_t timer) {
  Subjects::value_type& subject = *timers_[timer].subject;
  uint32_t* link = &subject.second;
  while (*link != timer) link = &timers_[*link].next;
  *link = timers_[timer].next;
  if (subject.second == kNone) subjects_.erase(core::TimerSubject(subject.first));
}

void TimerQueue::release(uint32_t timer) {
  const size_t place = timers_[timer].place;
  const Handle last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) {
    put(place, last);
    move_up(place);
    move_down(timers_[last.timer].place);
  }
  timers_[timer] = {};
  free_.push_back(timer);
}

void TimerQueue::put(size_t place, const Handle& handle) {
  heap_[place] = handle;
  timers_[handle.timer].place = static_cast<uint32_t>(place);
}

void TimerQueue::move_up(size_t place) {
  const Handle handle = heap_[place];
  while (place > 0 && handle.comes_before(heap_[(place - 1) / 2])) {
    put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  put(place, handle);
}

void TimerQueue::move_down(size_t place) {
  const Handle handle = heap_[place];
  for (size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].comes_before(heap_[child])) ++child;
    if (!heap_[child].comes_before(handle)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, handle);
}

}  // namespace aurora::scheduler

#include "farm/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "aurora/base/clock.h"

namespace aurora::farm {

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wall_start_(SystemClock().now()),
      steady_start_(SystemClock().monotonic()) {
  AURORA_CHECK(epoll_.is_open());
}

Instant EventLoop::now() const { return wall_start_ + (SystemClock().monotonic() - steady_start_); }

void EventLoop::watch(int socket, uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  AURORA_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) == 0);
}

void EventLoop::change(int socket, uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  AURORA_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket, &event) == 0);
}

void EventLoop::at(Instant when, std::function<void()> action) { timers_.push({when, ++order_, std::move(action)}); }

void EventLoop::every(Duration period, std::function<void()> action) {
  at(now() + period, [this, period, action] {
    action();
    every(period, action);
  });
}

// Those that are due now; what they add waits for the next turn, so that sockets have theirs.
void EventLoop::fire_timers() {
  const Instant due = now();
  const uint64_t last = order_;
  while (!timers_.empty() && timers_.top().when <= due && timers_.top().order <= last) {
    const std::function<void()> action = std::move(const_cast<Timer&>(timers_.top()).action);
    timers_.pop();
    action();
  }
}

void EventLoop::run() {
  std::array<epoll_event, 512> events;
  while (!is_stopping_) {
    const int64_t wait = timers_.empty() ? 1000 : std::clamp<int64_t>((timers_.top().when - now()).ms, 0, 1000);
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(wait));
    const Instant begin = now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
    }
    fire_timers();
    buried_.clear();
    longest_turn_ = std::max(longest_turn_, now() - begin);
  }
}

}  // namespace aurora::farm

#include "net/parking.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "aurora/base/clock.h"
#include "aurora/base/result.h"

namespace aurora::net {
namespace {

int64_t monotonic_ms() { return SystemClock().monotonic().ms; }

}  // namespace

Parking::Parking(Duration idle, size_t connections_max, std::function<void(int)> ready)
    : idle_(idle), connections_max_(connections_max), ready_(std::move(ready)) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  AURORA_CHECK(epoll_ >= 0 && wake_ >= 0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = wake_}};
  AURORA_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
  thread_ = std::thread([this] { run(); });
}

Parking::~Parking() {
  stop();
  close(wake_);
  close(epoll_);
}

void Parking::park(int connection) {
  std::lock_guard lock(mutex_);
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.fd = connection}};
  if (stopping_ || epoll_ctl(epoll_, EPOLL_CTL_ADD, connection, &event) != 0) {
    close(connection);
    return;
  }
  if (deadlines_ms_.size() >= connections_max_) {
    const auto oldest = std::min_element(deadlines_ms_.begin(), deadlines_ms_.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    drop(oldest->first);
  }
  if (deadlines_ms_.empty()) wake();
  deadlines_ms_[connection] = monotonic_ms() + idle_.ms;
}

void Parking::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake();
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  while (!deadlines_ms_.empty()) drop(deadlines_ms_.begin()->first);
}

void Parking::run() {
  int wait_ms = -1;
  for (;;) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll_, events.data(), events.size(), wait_ms);
    for (int i = 0; i < count; ++i) {
      const int connection = events[static_cast<size_t>(i)].data.fd;
      if (connection == wake_) {
        uint64_t ignored = 0;
        while (read(wake_, &ignored, sizeof ignored) > 0) {
        }
        continue;
      }
      {
        std::lock_guard lock(mutex_);
        if (deadlines_ms_.erase(connection) == 0) continue;  // dropped meanwhile
        epoll_ctl(epoll_, EPOLL_CTL_DEL, connection, nullptr);
      }
      ready_(connection);
    }
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    wait_ms = close_expired();
  }
}

int Parking::close_expired() {
  const int64_t now = monotonic_ms();
  int64_t next = -1;
  for (auto it = deadlines_ms_.begin(); it != deadlines_ms_.end();) {
    const auto [connection, deadline] = *it++;
    if (deadline <= now) {
      drop(connection);
    } else if (next < 0 || deadline - now < next) {
      next = deadline - now;
    }
  }
  return static_cast<int>(next);
}

void Parking::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

void Parking::drop(int connection) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, connection, nullptr);
  deadlines_ms_.erase(connection);
  close(connection);
}

}  // namespace aurora::net

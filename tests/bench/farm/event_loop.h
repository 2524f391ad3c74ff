// One thread that waits for sockets and moments. All of the farm runs in its callbacks, which never wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::farm {

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void on_events(uint32_t events) = 0;  // of epoll; may be late ones of a socket that is closed meanwhile
};

class EventLoop {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void watch(int socket, uint32_t events, Watcher& watcher);
  void change(int socket, uint32_t events, Watcher& watcher);
  // Deleted when no event of this turn can reach it any more.
  void bury(std::unique_ptr<Watcher> watcher) { buried_.push_back(std::move(watcher)); }

  void at(Instant when, std::function<void()> action);
  void every(Duration period, std::function<void()> action);
  // Wall-clock time of the start, and steady time since.
  Instant now() const;

  void run();  // until stop()
  void stop() { is_stopping_ = true; }

  // The longest turn since the last call: for so long nobody was listened to.
  Duration take_longest_turn() { return std::exchange(longest_turn_, Duration{}); }

 private:
  struct Timer {
    Instant when;
    uint64_t order;  // equal moments keep the order of the calls
    std::function<void()> action;
    bool operator<(const Timer& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  void fire_timers();

  os::Fd epoll_;
  std::priority_queue<Timer> timers_;
  uint64_t order_ = 0;
  std::vector<std::unique_ptr<Watcher>> buried_;
  bool is_stopping_ = false;
  Instant wall_start_;
  Duration steady_start_;
  Duration longest_turn_;
};

}  // namespace aurora::farm

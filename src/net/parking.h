// Open connections that have nothing to say: they wait here and hold no thread.
// Thread-safe. Owns each descriptor from park() until `ready` is called with it or it is closed.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "aurora/base/time.h"

namespace aurora::net {

class Parking {
 public:
  // `ready` is called on the parking thread with a connection that has bytes to read or was closed by its
  // peer. One that says nothing for `idle` is closed; so is the one that waited longest when more than
  // `connections_max` wait.
  Parking(Duration idle, size_t connections_max, std::function<void(int)> ready);
  ~Parking();  // stops
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  void park(int connection);  // after stop(): closes it
  void stop();                // closes all that wait

 private:
  void run();
  int close_expired();  // milliseconds until the next one expires, -1 = none waits
  void wake();
  void drop(int connection);

  const Duration idle_;
  const size_t connections_max_;
  const std::function<void(int)> ready_;
  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::map<int, int64_t> deadlines_ms_;  // monotonic, by connection
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace aurora::net

// Ends the process when an evaluation hangs where Python cannot interrupt it. Lives as long as the
// evaluation.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace aurora::config {

class Watchdog {
 public:
  // `time_ms` is the evaluation's own limit, which Python enforces; this one is later. 0 = no limit.
  Watchdog(std::string path, int64_t time_ms);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // While one lives, time does not count: the evaluation waits for somebody else, say the scheduler.
  class Pause {
   public:
    explicit Pause(Watchdog& watchdog) : watchdog_(watchdog) { watchdog_.set_deadline(std::nullopt); }
    ~Pause() { watchdog_.set_deadline(watchdog_.next_deadline()); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  using Moment = std::chrono::steady_clock::time_point;

  Moment next_deadline() const;
  void set_deadline(std::optional<Moment> deadline);
  void watch();

  const std::string path_;
  const int64_t time_ms_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;               // guarded by mutex_
  std::optional<Moment> deadline_;  // guarded by mutex_; none: paused
  std::thread thread_;
};

}  // namespace aurora::config

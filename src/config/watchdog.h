// Ends the process when an evaluation hangs where Python cannot interrupt it. Lives as long as the evaluation.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
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

 private:
  void watch(const std::string& path, int64_t time_ms);

  std::mutex mutex_;
  std::condition_variable finished_;
  bool done_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace aurora::config

// Does something again and again on a thread of its own, until it is destroyed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "aurora/base/time.h"

namespace aurora {

class Repeater {
 public:
  // Returns how long to wait until it is called again. `stopping` becomes true when nobody wants the rest any more:
  // what takes longer than a moment looks at it.
  using Work = std::function<Duration(const std::atomic<bool>& stopping)>;
  explicit Repeater(Work work);  // begins at once
  ~Repeater();                   // waits for a call in progress
  Repeater(const Repeater&) = delete;
  Repeater& operator=(const Repeater&) = delete;

 private:
  void run();

  const Work work_;
  std::atomic<bool> stopping_ = false;  // written under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace aurora

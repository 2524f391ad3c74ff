// A Clock that stands still until the test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "aurora/base/clock.h"

namespace aurora::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start = Instant{1'700'000'000'000}) : now_ms_(start.ms) {}

  Instant now() const override { return {now_ms_}; }
  Duration monotonic() const override { return {monotonic_ms_}; }

  void advance(Duration by) {
    now_ms_ += by.ms;
    monotonic_ms_ += by.ms;
  }
  // The wall clock jumps; deadlines do not notice.
  void set_wall_clock(Instant to) { now_ms_ = to.ms; }

 private:
  std::atomic<int64_t> now_ms_;
  std::atomic<int64_t> monotonic_ms_{0};
};

}  // namespace aurora::test

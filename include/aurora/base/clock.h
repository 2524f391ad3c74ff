// Where time comes from. SystemClock for the world, FakeClock and SimClock in tests/support.
// Thread-safe. Decisions never hold a Clock: they take an Instant.
#pragma once

#include "aurora/base/time.h"

namespace aurora {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;         // wall clock: for display and stored timestamps
  virtual Duration monotonic() const = 0;  // never goes back: for deadlines
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Duration monotonic() const override;
};

// For how long our own work takes, in counters; decisions and deadlines ask a Clock.
int64_t steady_nanos();

}  // namespace aurora

#include "aurora/base/clock.h"

#include <chrono>

namespace aurora {
namespace {

template <typename ClockType>
int64_t milliseconds_of() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(ClockType::now().time_since_epoch()).count();
}

}  // namespace

Instant SystemClock::now() const { return {milliseconds_of<std::chrono::system_clock>()}; }
int64_t steady_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Duration SystemClock::monotonic() const { return {milliseconds_of<std::chrono::steady_clock>()}; }

}  // namespace aurora

// Time as seen by somebody who looks again and again: whatever stops us between two looks (SIGSTOP, a paused
// machine, a disk that hangs), the gap counts for a moment only. A deadline in seen time does not pass while
// nobody looks, so that nobody is ended for what we missed.
#pragma once

#include <algorithm>
#include <optional>

#include "aurora/base/time.h"

namespace aurora {

class SeenTime {
 public:
  static constexpr Duration kLookEvery = seconds(1);  // at least, by whoever has a deadline in it
  static constexpr Duration kGapMax = seconds(2);     // more is a pause, and counts as this much

  // Returns the seen time, which begins with 0 at the first look.
  Duration look(Instant now) {
    if (last_look_) seen_ = seen_ + std::clamp(now - *last_look_, Duration{}, kGapMax);
    last_look_ = now;
    return seen_;
  }
  Duration seen() const { return seen_; }  // at the last look
  Instant last_look() const { return last_look_.value_or(Instant{}); }
  // When to look again for a deadline that is `left` away.
  static Instant next_look(Instant now, Duration left) {
    return now + std::clamp(left, Duration{}, kLookEvery);
  }

 private:
  Duration seen_;
  std::optional<Instant> last_look_;
};

}  // namespace aurora

// Wall-clock time that does not jump, for a daemon whose deadlines are stored moments. After somebody (a time
// daemon, a resumed virtual machine) has set the system's clock, time runs faster or slower until both agree
// again: nothing times out because an hour seems to have passed, and nothing waits for an hour to come back.
// Twice or half its speed is what every deadline bears: a host whose report was lost tells again within 25
// seconds and is given up after 75. Thread-safe.
#pragma once

#include <mutex>

#include "aurora/base/clock.h"

namespace aurora {

class SlewedClock final : public Clock {
 public:
  static constexpr int64_t kFastest = 2;  // times its normal speed, while it is behind
  static constexpr int64_t kSlowest = 2;  // parts of its normal speed, while it is ahead

  explicit SlewedClock(const Clock& system);  // begins with the system's time
  Instant now() const override;
  Duration monotonic() const override { return system_.monotonic(); }

 private:
  const Clock& system_;
  mutable std::mutex mutex_;
  mutable int64_t now_parts_;   // in parts of a millisecond, kSlowest of them
  mutable Duration looked_at_;  // monotonic
  mutable bool is_slewing_ = false;
};

}  // namespace aurora

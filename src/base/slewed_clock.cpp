#include "aurora/base/slewed_clock.h"

#include <algorithm>
#include <cstdlib>

#include "aurora/base/log.h"

namespace aurora {
namespace {

constexpr int64_t kWorthTellingMs = 5'000;

}  // namespace

SlewedClock::SlewedClock(const Clock& system)
    : system_(system), now_parts_(system.now().ms * kParts), looked_at_(system.monotonic()) {}

Instant SlewedClock::now() const {
  const std::lock_guard lock(mutex_);
  if (!is_attended_) pass_until(system_.monotonic());
  return {now_parts_ / kParts};
}

Instant SlewedClock::attend() const {
  const std::lock_guard lock(mutex_);
  const Duration monotonic = system_.monotonic();
  if (!is_attended_) attended_at_ = monotonic;  // nothing was decided before
  is_attended_ = true;
  if (monotonic - attended_at_ < kStall) {
    pass_until(std::min(monotonic, attended_at_ + kUnattendedMax));
  } else {
    hearing_until_ = monotonic + kHearAgain;
  }
  attended_at_ = monotonic;
  looked_at_ = std::max(looked_at_, monotonic);
  return {now_parts_ / kParts};
}

void SlewedClock::pass_until(Duration monotonic) const {
  const int64_t passed_ms = std::max<int64_t>((monotonic - looked_at_).ms, 0);
  const bool is_hearing = looked_at_ < hearing_until_;
  looked_at_ = std::max(looked_at_, monotonic);
  const Instant system_now = system_.now();
  const int64_t behind_ms = system_now.ms - now_parts_ / kParts - passed_ms;
  const int64_t slowest = is_hearing ? kHearing : kSlowest;
  const int64_t fastest = is_hearing ? kHearing : behind_ms > kMadeUpSlowly.ms ? kFastest : kFaster;
  now_parts_ =
      std::clamp(system_now.ms * kParts, now_parts_ + passed_ms * slowest, now_parts_ + passed_ms * fastest);
  tell(behind_ms);
}

void SlewedClock::tell(int64_t behind_ms) const {
  if (std::abs(behind_ms) >= kWorthTellingMs && !is_slewing_) {
    const std::string secs = std::to_string(std::abs(behind_ms) / 1000) + " s";
    log_warning("clock", (behind_ms > 0 ? "this process stood still for " + secs +
                                              ", or the system's clock was set ahead"
                                        : "the system's clock was set back by " + secs) +
                             ": times differ from it until ours, running " +
                             (behind_ms > 0 ? "faster" : "half as fast") + ", agrees again");
  }
  is_slewing_ = std::abs(behind_ms) >= kWorthTellingMs || (is_slewing_ && std::abs(behind_ms) > 10);
}

}  // namespace aurora

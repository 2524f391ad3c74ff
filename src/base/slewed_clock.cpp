#include "aurora/base/slewed_clock.h"

#include <algorithm>
#include <cstdlib>

#include "aurora/base/log.h"

namespace aurora {
namespace {

constexpr int64_t kWorthTellingMs = 5'000;

}  // namespace

SlewedClock::SlewedClock(const Clock& system)
    : system_(system), now_parts_(system.now().ms * kSlowest), looked_at_(system.monotonic()) {}

Instant SlewedClock::now() const {
  const std::lock_guard lock(mutex_);
  const Duration monotonic = system_.monotonic();
  const int64_t passed_ms = std::max<int64_t>((monotonic - looked_at_).ms, 0);
  looked_at_ = monotonic;
  const Instant system_now = system_.now();
  const int64_t behind_ms = system_now.ms - now_parts_ / kSlowest - passed_ms;
  now_parts_ = std::clamp(system_now.ms * kSlowest, now_parts_ + passed_ms,
                          now_parts_ + passed_ms * kSlowest * kFastest);
  if (std::abs(behind_ms) >= kWorthTellingMs && !is_slewing_) {
    log_warning("clock", "the system's clock was set " + std::string(behind_ms > 0 ? "ahead" : "back") +
                             " by " + std::to_string(std::abs(behind_ms) / 1000) +
                             " s: times differ from it until ours, running " +
                             (behind_ms > 0 ? "twice" : "half") + " as fast, agrees again");
  }
  is_slewing_ = std::abs(behind_ms) >= kWorthTellingMs || (is_slewing_ && std::abs(behind_ms) > 10);
  return {now_parts_ / kSlowest};
}

}  // namespace aurora

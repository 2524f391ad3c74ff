#include "sim/world.h"

#include <algorithm>
#include <cstdio>

namespace aurora::sim {

void World::after(Duration delay, std::function<void()> event) {
  events_.push({now_ + std::max(delay, Duration{}), next_++, std::move(event)});
}

void World::run_until(Instant end, const std::function<void()>& after_each) {
  while (!violation_ && !events_.empty() && events_.top().at <= end) {
    now_ = events_.top().at;
    const std::function<void()> run = events_.top().run;
    events_.pop();
    run();
    if (!violation_) after_each();
  }
  now_ = std::max(now_, end);
}

void World::fail(const std::string& promise) {
  note("VIOLATION " + promise);
  if (!violation_) violation_ = "at " + to_iso8601(now_) + ": " + promise;
}

void World::note(const std::string& line) {
  if (verbose) std::fprintf(stderr, "%s %s\n", to_iso8601(now_).c_str(), line.c_str());
}

Duration World::between(Duration low, Duration high) {
  return low + Duration{static_cast<int64_t>(rng.below(static_cast<uint64_t>(high.ms - low.ms) + 1))};
}

}  // namespace aurora::sim

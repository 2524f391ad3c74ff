#include "scheduler/thing_counters.h"

namespace aurora::scheduler {

void ThingCounters::add(const std::string& name, int64_t delta) {
  const std::lock_guard lock(mutex_);
  const auto known = counts_.find(name);
  if (known != counts_.end()) {
    known->second += delta;
  } else if (counts_.size() < kThingsMax) {
    counts_.emplace(name, delta);
  } else {
    ++left_out_;
  }
}

Figures ThingCounters::values() const {
  const std::lock_guard lock(mutex_);
  Figures values;
  for (const auto& [name, count] : counts_) values.emplace_hint(values.end(), name, static_cast<double>(count));
  if (left_out_ > 0) values["counters_left_out"] = static_cast<double>(left_out_);
  return values;
}

}  // namespace aurora::scheduler

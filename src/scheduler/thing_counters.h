// Counters of which there are as many as users have jobs or racks: the name tells of which one. The first kThingsMax are
// kept, so that a scheduler that runs for years stays as it is. Nobody samples them. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "aurora/base/figures.h"

namespace aurora::scheduler {

inline constexpr size_t kThingsMax = 10'000;

class ThingCounters {
 public:
  void add(const std::string& name, int64_t delta = 1);
  Figures values() const;  // and how many were not kept, if any: "counters_left_out"

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int64_t> counts_;
  int64_t left_out_ = 0;
};

}  // namespace aurora::scheduler

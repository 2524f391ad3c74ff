#include "aurora/core/job/job.h"

namespace aurora::core {

std::vector<InstanceRange> to_ranges(const std::set<int32_t>& instances) {
  std::vector<InstanceRange> ranges;
  for (const int32_t instance : instances) {
    if (!ranges.empty() && static_cast<int64_t>(ranges.back().last) + 1 == instance) {
      ranges.back().last = instance;
    } else {
      ranges.push_back({instance, instance});
    }
  }
  return ranges;
}

std::set<int32_t> to_set(const std::vector<InstanceRange>& ranges) {
  std::set<int32_t> instances;
  for (const InstanceRange& range : ranges) {
    for (int64_t instance = range.first; instance <= range.last; ++instance) {
      instances.insert(instances.end(), static_cast<int32_t>(instance));
    }
  }
  return instances;
}

}  // namespace aurora::core

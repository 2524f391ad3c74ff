#include "core/placement/ports.h"

#include <algorithm>
#include <utility>

namespace aurora::core {
namespace {

std::vector<PortRange> in_order(std::vector<PortRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const PortRange& a, const PortRange& b) { return a.first < b.first; });
  return ranges;
}

// Calls visit(first, last) with the parts of the ranges that no earlier range holds.
template <typename Visit>
void for_distinct(const std::vector<PortRange>& ranges, Visit visit) {
  int64_t next = 0;
  for (const PortRange& range : in_order(ranges)) {
    int64_t first = std::max<int64_t>(range.first, next);
    if (first > range.last) continue;
    visit(first, int64_t{range.last});
    next = int64_t{range.last} + 1;
  }
}

}  // namespace

int64_t count_ports(const std::vector<PortRange>& ranges) {
  int64_t count = 0;
  for_distinct(ranges, [&](int64_t first, int64_t last) { count += last - first + 1; });
  return count;
}

std::vector<int32_t> list_free_ports(const std::vector<PortRange>& ranges, const std::set<int32_t>& used) {
  std::vector<int32_t> free;
  for_distinct(ranges, [&](int64_t first, int64_t last) {
    auto taken = used.lower_bound(static_cast<int32_t>(first));
    for (int64_t port = first; port <= last; ++port) {
      if (taken != used.end() && *taken == port) {
        ++taken;
      } else {
        free.push_back(static_cast<int32_t>(port));
      }
    }
  });
  return free;
}

int32_t draw_port(std::vector<int32_t>& free, Rng& rng) {
  std::swap(free[rng.below(free.size())], free.back());
  const int32_t port = free.back();
  free.pop_back();
  return port;
}

}  // namespace aurora::core

#include "core/host/ports.h"

#include <algorithm>
#include <iterator>

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

FreePorts::FreePorts(const std::vector<PortRange>& ranges, const std::vector<int32_t>& used) {
  for_distinct(ranges, [&](int64_t first, int64_t last) {
    for (auto taken = std::lower_bound(used.begin(), used.end(), first);
         taken != used.end() && *taken <= last; ++taken) {
      add_gap(first, int64_t{*taken} - 1);
      first = int64_t{*taken} + 1;
    }
    add_gap(first, last);
  });
}

void FreePorts::add_gap(int64_t first, int64_t last) {
  if (first > last) return;
  gaps_.push_back({size_, static_cast<int32_t>(first)});
  size_ += static_cast<size_t>(last - first + 1);
}

int32_t FreePorts::at(size_t position) const {
  if (const auto moved = moved_.find(position); moved != moved_.end()) return moved->second;
  const auto next = std::upper_bound(gaps_.begin(), gaps_.end(), position,
                                     [](size_t p, const Gap& gap) { return p < gap.position; });
  const Gap& gap = *std::prev(next);
  return gap.first + static_cast<int32_t>(position - gap.position);
}

int32_t FreePorts::draw(Rng& rng) {
  const size_t position = rng.below(size_);
  const int32_t port = at(position);
  moved_[position] = at(size_ - 1);
  moved_.erase(--size_);
  return port;
}

}  // namespace aurora::core

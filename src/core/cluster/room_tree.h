// Amounts by position, with the answer to "who has so much?" without a scan: a complete binary tree in which each node
// holds the most of every resource that any one position below it has.
#pragma once

#include <vector>

#include "aurora/core/job/resources.h"

namespace aurora::core {

// Every amount of `need` is there. Cores count in millionths: half of one is rounding.
bool fits(const ResourceTotals& need, const ResourceTotals& room);
// Of every amount the larger one.
ResourceTotals most_of(const ResourceTotals& a, const ResourceTotals& b);

// Less than any need, also than a need of nothing.
inline constexpr ResourceTotals kNoRoom{
    .cpus = -1, .ram_mb = -1, .disk_mb = -1, .gpus = -1, .ports = -1, .revocable_cpus = -1};

class RoomTree {
 public:
  void add();  // one more position, without room
  void set(size_t position, const ResourceTotals& room);
  const ResourceTotals& at(size_t position) const { return nodes_[leaves_ + position]; }
  size_t size() const { return size_; }
  // The first position at or after `from` that has room; size() if there is none. Skips whole ranges.
  size_t find(const ResourceTotals& need, size_t from) const;

 private:
  void grow();

  std::vector<ResourceTotals> nodes_ = std::vector<ResourceTotals>(2, kNoRoom);  // the root is at 1
  size_t leaves_ = 1;  // from here on
  size_t size_ = 0;
};

}  // namespace aurora::core

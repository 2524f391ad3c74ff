// Port numbers of a host that tasks may be given.
#pragma once

#include <unordered_map>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/core/host/host.h"

namespace aurora::core {

int64_t count_ports(const std::vector<PortRange>& ranges);  // numbers in several ranges count once

// The numbers of the ranges that are not used, to draw from. Costs what is used and drawn, not what is free.
class FreePorts {
 public:
  FreePorts(const std::vector<PortRange>& ranges, const std::vector<int32_t>& used);  // `used` is in order
  size_t size() const { return size_; }
  // Takes one of them at random. REQUIRES: there is one.
  int32_t draw(Rng& rng);

 private:
  struct Gap {            // between used ones
    size_t position = 0;  // of its first number, among all that were free
    int32_t first = 0;
  };
  void add_gap(int64_t first, int64_t last);
  int32_t at(size_t position) const;

  std::vector<Gap> gaps_;
  size_t size_ = 0;
  std::unordered_map<size_t, int32_t> moved_;  // into the place of those that were drawn
};

}  // namespace aurora::core

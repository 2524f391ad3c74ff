// Port numbers of a host that tasks may be given.
#pragma once

#include <set>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/core/host/host.h"

namespace aurora::core {

int64_t count_ports(const std::vector<PortRange>& ranges);  // numbers in several ranges count once
// The numbers of the ranges that are not used, in random order.
std::vector<int32_t> shuffle_free_ports(const std::vector<PortRange>& ranges, const std::set<int32_t>& used,
                                        Rng& rng);

}  // namespace aurora::core

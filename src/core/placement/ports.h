// Port numbers of a host that tasks may be given.
#pragma once

#include <set>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/core/host/host.h"

namespace aurora::core {

int64_t count_ports(const std::vector<PortRange>& ranges);  // numbers in several ranges count once
// The numbers of the ranges that are not used.
std::vector<int32_t> list_free_ports(const std::vector<PortRange>& ranges, const std::set<int32_t>& used);
// Takes one of them at random. REQUIRES: there is one.
int32_t draw_port(std::vector<int32_t>& free, Rng& rng);

}  // namespace aurora::core

// A cluster as changes, in an order in which an empty one takes them.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"

namespace aurora::scheduler {

// What is durable: what a store's load() would give.
std::vector<core::Change> state_of(const core::Cluster& cluster);
// And what is in memory only. Why tasks wait is left out: it is found again at the next look.
std::vector<core::Change> snapshot_of(const core::Cluster& cluster);

}  // namespace aurora::scheduler

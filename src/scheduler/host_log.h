// One line when a host comes, leaves, falls silent, or its maintenance changes.
#pragma once

#include "aurora/core/cluster/cluster.h"

namespace aurora::scheduler {

void log_host(const core::Cluster& before, const core::Change& change);

}  // namespace aurora::scheduler

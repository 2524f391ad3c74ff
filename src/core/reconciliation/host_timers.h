// When a host has been silent for too long.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// Called for every change, after it was applied; one that concerns no host gives nothing.
std::vector<Timer> host_timers_for(const Change& applied, const Context& context);
// Hosts that ran tasks before the restart have the full timeout to come back.
std::vector<Timer> host_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

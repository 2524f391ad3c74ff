// When a host has been silent for too long.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// Due when the host would be silent for too long.
Timer host_timer(const HostSeen& seen, const Context& context);
// Hosts that ran tasks before the restart have the full timeout to come back.
std::vector<Timer> host_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

// When a host has been silent for too long. A host has one timer from its first report until it is given up; the
// reports that follow leave it where it is. What comes of it then is a look at when the host was last heard,
// and the next timer.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// For a report, or a look at the host, that `cluster` has applied.
TimerChanges host_timers_for(const Cluster& cluster, const HostSeen& seen, const Context& context);
TimerChanges host_timers_for(const Cluster& cluster, const HostChecked& checked, const Context& context);
// Hosts that ran tasks before the restart have the full timeout to come back.
std::vector<Timer> host_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

// When draining hosts want to be looked at again: one timer each.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

TimerChanges drain_timers_for(const DrainProgressed& change, const Context& context);
TimerChanges drain_timers_for(const HostSaved& change);
std::vector<Timer> drain_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

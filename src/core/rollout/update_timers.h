// When working updates want to be evaluated again: the watch time of an instance, the pulse that may be
// missed.
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// Called for every change, after it was applied; one that concerns no update gives nothing.
TimerChanges update_timers_for(const Cluster& cluster, const Change& applied, const Context& context);
std::vector<Timer> update_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

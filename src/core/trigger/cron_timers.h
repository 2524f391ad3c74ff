// When a cron job is to be looked at: at the next moment of its schedule, or when the tasks may have ended for which its
// run waits. One timer a job.
#pragma once

#include <optional>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"

namespace aurora::core {

// For a change that was applied; nothing for one that concerns no cron job.
std::optional<TimerChanges> cron_timers_for(const Cluster& cluster, const Change& applied, const Context& context);
std::vector<Timer> cron_timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

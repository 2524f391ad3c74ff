// When to look whether a host has fallen silent.
#pragma once

#include "aurora/core/commands/command.h"

namespace aurora::core {

// One look per accepted report, due when the host would be silent for too long.
void add_host_timers(const Change& applied, const Context& context, std::vector<Timer>& timers);
// After a restart no host has reported yet: each gets the full time from now before its tasks are given up.
void add_host_timers_after_restart(const Cluster& cluster, const Context& context,
                                   std::vector<Timer>& timers);

}  // namespace aurora::core

// Which updates that are over are forgotten (spec/scheduler.md §9.12).
#pragma once

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

// Too old, or its job has no task left. A freshly finished update is kept for a while in any case: somebody
// waits for its outcome.
bool is_forgotten(const Cluster& cluster, const JobUpdate& update, const Context& context);
// When to ask is_forgotten() of an update that is over, if it stays as it is.
std::vector<Instant> forget_times(const JobUpdate& update, const Context& context);

// The forgotten ones of the job and its oldest beyond the number that is kept.
void prune_job_updates(const Cluster& cluster, const JobKey& job, const Context& context, Decision& decision);

}  // namespace aurora::core

// How long the replacement of a task that keeps ending quickly is held back (spec/scheduler.md §2.5).
#pragma once

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

// Doubles `last` at most, by chance; `initial` takes its place when it is zero.
Duration backoff(Duration last, Duration initial, Duration max, Rng& rng);

// The task ended soon after its last active state, and nobody had asked it to.
bool has_flapped(const Task& task, Duration threshold);

// How many runs before `task`, one after the other, flapped; counts no further than `count_max`.
int64_t flaps_in_row(const Cluster& cluster, const Task& task, Duration threshold, int64_t count_max);

// Grows with each ancestor in a row that flapped. Looks at the ancestors of `task`, not at the task itself:
// its own end counts only for its replacement.
Duration flapping_penalty(const Cluster& cluster, const Task& task, const Context& context);
// The same for the replacement of `ended`, whose own end counts.
Duration replacement_penalty(const Cluster& cluster, const Task& ended, const Context& context);

}  // namespace aurora::core

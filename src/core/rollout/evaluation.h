// One look at a working update: judge its working instances, start the next group, notice the end
// (spec/scheduler.md §9.4 to §9.7, §9.10).
#pragma once

#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

// Why to look.
struct UpdateNews {
  std::set<int32_t> changed = {};       // instances whose task changed
  std::vector<const Task*> ended = {};  // of these, runs that are over, oldest first
  bool everything = false;              // look at every working instance
};

// Appends instance events, kills, new tasks, at most one move of the update and its progress.
// REQUIRES: the update is working.
void evaluate_update(const Cluster& cluster, const JobUpdate& update, UpdateProgress progress,
                     const UpdateNews& news, const Context& context, Decision& decision);

// An update that just entered a working status knows nothing of its instances.
UpdateProgress begin_progress(const Cluster& cluster, const JobUpdate& update);
// What is known of it; after a restart, what can be told from its events (§9.7, §9.10, §9.11).
UpdateProgress progress_of(const Cluster& cluster, const JobUpdate& update);
// A coordinated update without a recent pulse.
bool is_pulse_expired(const JobUpdate& update, const UpdateProgress& progress, Instant now);

// The configuration that `instance` should end up with in the update's direction; null for none.
const TaskConfigRef* find_desired(const JobUpdate& update, int32_t instance);

}  // namespace aurora::core

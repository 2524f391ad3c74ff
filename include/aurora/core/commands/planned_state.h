// The state of the cluster that a plan was made for, as a short text that a start may demand (CreateJob and StartUpdate,
// `unchanged_since`). It names what the plan's outcome depends on, part by part, so that a refusal says which changed:
//
//   1.<request>.<job>.<update>.<quota>.<room>
//
// request: what is asked for. job: its active tasks, their hosts and configurations. update: the one under way and its
// status. quota: of the role and what of it is used, if the configuration needs any. room: how many more of its tasks the
// hosts take, counted up to the number of its instances: what happens on hosts changes a plan only if it makes them
// scarce. All that it is made of outlives a restart. Pure.
#pragma once

#include <string>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/update/update_request.h"

namespace aurora::core {

// A request that has passed validation.
struct PlannedRequest {
  const TaskConfigRef& config;
  int32_t instance_count = 0;
  const UpdateSettings* settings = nullptr;  // null: a job that is to be created
};

// Costs the active tasks of the job, and hosts until there is room enough.
std::string planned_state(const Cluster& cluster, const PlannedRequest& request, const Context& context);

// Unit if `since` is empty or is the state now. Otherwise FailedPrecondition, which names what has changed, or
// InvalidArgument for a text that is no state.
Status check_unchanged(const Cluster& cluster, const PlannedRequest& request, const std::string& since,
                       const Context& context);

}  // namespace aurora::core

// Emptying a host (Aurora 0.22, spec/scheduler.md §11.2): its tasks are ended as their policies allow, and run
// elsewhere; once it is empty its mode is DRAINED.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/sla/sla_check.h"

namespace aurora::core {

// Until `created` plus the timeout policies count, and never less than one poll: a drain without a timeout honours a
// task's own policy for so long.
Instant forced_at(const DrainRequest& request, const SchedulerSettings& settings);

// Nothing runs there any more, as far as is known.
bool is_empty(const Cluster& cluster, const HostId& host);

// What is left on a host that is being drained.
struct DrainHold {
  const Task* task = nullptr;
  bool is_leaving = false;               // it is being ended already
  std::string why = {};                  // of one that is not: what holds it up
  std::optional<Instant> again_at = {};  // when time alone may change that
};
// Decides nothing: for who looks on. By task id, `count_max` at most.
std::vector<DrainHold> list_holds(const Cluster& cluster, const Host& host, SlaBudget& budget, size_t count_max);

}  // namespace aurora::core

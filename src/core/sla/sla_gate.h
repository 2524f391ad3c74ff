// The way to an end that a policy must allow, coordinators included (spec/scheduler.md §12, §12.1). A coordinator is
// asked by an effect; what it says comes back as a command, and counts in the round in which it does: the look that
// follows finds it in the cluster. Of each coordinator one thing is asked at a time.
#pragma once

#include <optional>

#include "aurora/core/sla/sla_check.h"

namespace aurora::core {

struct SlaTerms {
  Duration retry_delay;                   // a coordinator that refused is not asked again before
  std::optional<Duration> countdown = {};  // until it is done whatever anybody says; for maintenance
};

class SlaGate {
 public:
  // REQUIRES: `decision` outlives it.
  SlaGate(const Cluster& cluster, const Context& context, Decision& decision);

  // Whether the task may be ended by this decision. May have a coordinator asked.
  SlaVerdict pass(const Task& task, const SlaPolicy& policy, const SlaTerms& terms);
  bool has_moved(const TaskId& task) { return budget_.has_moved(task); }

 private:
  SlaVerdict pass_coordinator(const Task& task, const CoordinatorSlaPolicy& policy, const SlaTerms& terms);
  void ask(const Task& task, const CoordinatorSlaPolicy& policy, const SlaTerms& terms);

  const Cluster& cluster_;
  const Context& context_;
  Decision& decision_;
  SlaBudget budget_;
};

}  // namespace aurora::core

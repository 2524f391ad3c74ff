// What jobs were promised of drains and SLA-aware updates (spec/scheduler.md §12), worked out from the durable state
// alone: each change is judged by what was durable before it. Counted again by hand, not with core/sla.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "aurora/core/cluster/cluster.h"

namespace aurora::sim {

// As the simulated scheduler is configured: short, so that a few minutes hold several drains.
constexpr int32_t kSlaInstancesMin = 2;
constexpr Duration kMaintenancePoll = seconds(5);
constexpr Duration kHostsKeptFor = seconds(15);
constexpr Duration kCoordinatorTimeout = seconds(6);
constexpr Duration kDrainTimeoutMax = seconds(60);

class Promises {
 public:
  // The promise that the change breaks, or nothing. `before`: the cluster without it.
  std::optional<std::string> find_broken(const core::Cluster& before, const core::Change& change);
  // A coordinator is asked, and answers.
  std::optional<std::string> note_question(const std::string& url, Instant now);
  void note_answer(const std::string& url, const core::TaskId& task, bool allowed);
  void forget_questions() { asked_.clear(); }  // who asked is gone

 private:
  std::optional<std::string> find_broken(const core::Cluster& before, const core::Task& task,
                                         const core::TaskMove& move);
  std::optional<std::string> check(const core::Cluster& before, const core::Task& task, const core::SlaPolicy& policy,
                                   Instant at);

  std::map<std::string, Instant> asked_;  // coordinators that have not answered
  std::set<core::TaskId> allowed_;        // a coordinator has said yes
};

}  // namespace aurora::sim

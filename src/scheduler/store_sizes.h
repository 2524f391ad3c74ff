// How many records of each kind there are, under Aurora's names (spec/scheduler.md §15.1), and what quotas add up to.
// Counted by what changes. Used by the engine's thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "aurora/base/counters.h"
#include "aurora/core/cluster/cluster.h"

namespace aurora::scheduler {

class StoreSizes {
 public:
  explicit StoreSizes(Counters& counters) : counters_(counters) {}

  void begin(const core::Cluster& cluster);  // after a start
  // `before`: the cluster without the change.
  void observe(const core::Cluster& before, const core::Change& change);

 private:
  void add_quota(const core::Cluster& before, const core::Quota& quota);
  void tell_quotas();
  void add(const char* name, int64_t& size, bool is_more);

  Counters& counters_;
  int64_t hosts_ = 0;
  int64_t drains_ = 0;  // that somebody wants
  int64_t cron_jobs_ = 0;
  int64_t updates_ = 0;
  std::set<std::string> roles_;  // that have a quota
  core::QuotaUse allocated_;      // to all of them
};

}  // namespace aurora::scheduler

// The newest round that changed each job, as long as that may be in flight: who tells of one job only need not wait for
// what happens to others. Guarded by the lock of the cluster (Engine::mutex_).
#pragma once

#include <deque>
#include <unordered_map>
#include <utility>

#include "aurora/core/cluster/cluster.h"
#include "aurora/scheduler/round_log.h"

namespace aurora::scheduler {

class JobsInFlight {
 public:
  // Before the cluster applies it. REQUIRES: a durable change; `round` does not go down.
  void note(const core::Cluster& cluster, const core::Change& change, RoundNumber round);
  // Of what a reader may tell of the job: its tasks, its updates, and the hosts that they are on. A round that is durable
  // may be forgotten: then an earlier one.
  RoundNumber newest(const core::JobKey& job) const;
  void forget(RoundNumber durable);  // and all before it

 private:
  void note_job(const core::JobKey& job, RoundNumber round);

  std::unordered_map<core::JobKey, RoundNumber> newest_;
  std::deque<std::pair<RoundNumber, core::JobKey>> order_;  // one for each job in each round
  RoundNumber hosts_ = 0;                                   // the newest that changed any
};

}  // namespace aurora::scheduler

// What changes mean for /vars, under Aurora's names (spec/scheduler.md §20). Used by the engine's thread.
#pragma once

#include "aurora/base/counters.h"
#include "aurora/core/cluster/task_after.h"
#include "scheduler/thing_counters.h"

namespace aurora::scheduler {

class ChangeCounters {
 public:
  ChangeCounters(Counters& counters, ThingCounters& things) : counters_(counters), things_(things) {}

  void begin_at_zero();
  // `before`: the cluster without the change.
  void observe(const core::Cluster& before, const core::Change& change);

 private:
  void count_move(const core::Cluster& before, const core::TaskAfter& task);
  void count_attempts(const core::Cluster& before, const core::UpdateProgressed& progressed);
  void count_throttled(const core::Cluster& before, const core::TaskAfter& task);

  Counters& counters_;
  ThingCounters& things_;  // of jobs, racks and the like
};

}  // namespace aurora::scheduler

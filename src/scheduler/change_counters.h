// What changes mean for /vars, under Aurora's names (spec/scheduler.md §20). Used by the engine's thread.
#pragma once

#include "aurora/base/counters.h"
#include "aurora/core/cluster/cluster.h"

namespace aurora::scheduler {

class ChangeCounters {
 public:
  explicit ChangeCounters(Counters& counters) : counters_(counters) {}

  // `before`: the cluster without the change.
  void observe(const core::Cluster& before, const core::Change& change);
  // Once a round: the gauges, if a task has changed since.
  void publish(const core::Cluster& cluster);
  void publish_all(const core::Cluster& cluster);  // after a restart

 private:
  void count_move(const core::Cluster& before, const core::Task& task);

  Counters& counters_;
  bool tasks_changed_ = false;
};

}  // namespace aurora::scheduler

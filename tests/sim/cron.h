// Cron jobs in the simulation: what clients do with them, and what must hold of their runs.
#pragma once

#include <map>
#include <set>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cron/cron_plan.h"
#include "sim/world.h"
#include "support/table_zone.h"

namespace aurora::sim {

// "Shifting": its clocks are put back by half an hour two minutes after the world begins, and forward soon after.
std::shared_ptr<const TimeZones> simulated_zones();

// Sees what becomes durable, round after round, and judges it: each moment of a schedule runs once, with all its tasks
// in the same round, or is missed, which nothing is while a scheduler is there.
class CronWatch {
 public:
  CronWatch(World& world, core::CronSettings settings) : world_(world), settings_(std::move(settings)) {}

  // A scheduler has started, at this moment of its clock, with this state.
  void begin(const core::Cluster& cluster, Instant now);
  void forget() { done_.clear(); }  // the store has forgotten what was run
  void note(const std::vector<core::Change>& round);
  // Whether all that is due by now is dealt with.
  std::optional<std::string> find_late(const core::Cluster& cluster, Instant now) const;

  size_t runs() const { return runs_; }
  size_t missed() const { return missed_; }

 private:
  struct Known {
    core::JobConfiguration job;
    core::CronProgress progress;
    size_t new_tasks = 0;  // in this round, since its progress was noted
  };
  struct Outcomes {
    std::vector<Instant> by_clock;  // moments that something came of, missed ones apart
    size_t started = 0;             // runs whose tasks were made
    int64_t missed = 0;
  };
  Outcomes compare(const core::JobKey& key, const core::CronProgress& before, const core::CronProgress& after);
  void judge(const core::JobKey& key, Known& known, const core::CronProgress& after);
  void judge_moments(const core::JobKey& key, const Known& known, const core::CronProgress& after,
                     const Outcomes& outcomes);

  World& world_;
  core::CronSettings settings_;
  Instant began_;  // of the scheduler that lives
  std::map<core::JobKey, Known> jobs_;
  std::map<core::JobKey, core::JobConfiguration> replaced_;   // in this round: what its moments so far went by
  std::set<std::pair<core::JobKey, Instant>> done_;           // moments that something came of
  size_t runs_ = 0;
  size_t missed_ = 0;
};

}  // namespace aurora::sim

// Figures that need a walk over the cluster, computed now and then by a thread of their own: uptimes of jobs (Aurora 0.22,
// spec/scheduler.md §13), what each role uses, free slots, and how long drains still wait (§20). The thread looks at a few
// hundred records at a time, so that the engine waits for no walk, and works on copies.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "aurora/base/clock.h"
#include "aurora/base/figures.h"
#include "aurora/core/sla/sla_figures.h"
#include "aurora/scheduler/engine.h"

namespace aurora {
class Repeater;  // base/repeater.h
}

namespace aurora::scheduler {

struct StatisticsConfig {
  core::SlaSettings sla = {};
  Duration sla_interval = minutes(1);   // and the window over which uptimes are
  Duration role_interval = hours(1);    // what roles use
  Duration host_interval = minutes(1);  // slots and drains
};

class Statistics {
 public:
  Statistics(StatisticsConfig config, const Engine& engine, const Clock& clock);
  ~Statistics();  // stops
  Statistics(const Statistics&) = delete;
  Statistics& operator=(const Statistics&) = delete;

  void start();  // all figures at once, then each after its interval
  void stop();   // within a look or two
  // What is due. By start()'s thread, or by a test instead of it.
  void refresh(const std::atomic<bool>& stopping);

  // The last ones that were computed, as far as no crash can undo what they tell of. Thread-safe.
  Figures figures() const;        // of the cluster as a whole
  Figures thing_figures() const;  // of jobs, roles and instances, as many as there are

 private:
  // Figures that are computed together.
  struct Part {
    Duration interval;
    std::optional<Duration> due = {};  // by the monotonic clock; none: at once
    Figures figures = {};
    Figures of_things = {};
  };
  using Compute = std::optional<RoundNumber> (Statistics::*)(Part& fresh, const std::atomic<bool>& stopping) const;
  void refresh(Part& part, Compute compute, const std::atomic<bool>& stopping);
  std::optional<RoundNumber> compute_sla(Part& fresh, const std::atomic<bool>& stopping) const;
  std::optional<RoundNumber> compute_roles(Part& fresh, const std::atomic<bool>& stopping) const;
  std::optional<RoundNumber> compute_hosts(Part& fresh, const std::atomic<bool>& stopping) const;
  Duration until_due() const;

  const StatisticsConfig config_;
  const Engine& engine_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the figures of the parts
  Part sla_;
  Part roles_;
  Part hosts_;
  std::unique_ptr<Repeater> repeater_;
};

}  // namespace aurora::scheduler

// What must always hold, and what must hold once the network has healed and everybody is up. Also what was
// seen, so that a test can tell that the simulation goes everywhere.
#pragma once

#include <algorithm>

#include "sim/machine.h"
#include "sim/workload.h"

namespace aurora::sim {

struct Seen {
  std::set<core::TaskStatus> tasks;
  std::set<core::UpdateStatus> updates;
  size_t cron_runs = 0;      // moments of schedules that something came of
  size_t cron_missed = 0;
  size_t in_flight_max = 0;  // rounds of the scheduler
  size_t rounds_lost = 0;    // that were in flight, with others, when the scheduler died
  size_t reads_lost = 0;     // that were held then
  int64_t victims = 0;           // of preemption
  int64_t returns = 0;           // instances that an update wanted back on their hosts
  int64_t waits_for_outbox = 0;  // placement's, for want of room
  size_t plans = 0;              // that were compared with what then happened (plans.h)
  size_t plans_waiting = 0;      // of these, that something does not fit in
  size_t planned_victims = 0;
  void add(const Seen& other) {
    tasks.insert(other.tasks.begin(), other.tasks.end());
    updates.insert(other.updates.begin(), other.updates.end());
    cron_runs += other.cron_runs;
    cron_missed += other.cron_missed;
    in_flight_max = std::max(in_flight_max, other.in_flight_max);
    rounds_lost += other.rounds_lost;
    reads_lost += other.reads_lost;
    victims += other.victims;
    returns += other.returns;
    waits_for_outbox += other.waits_for_outbox;
    plans += other.plans;
    plans_waiting += other.plans_waiting;
    planned_victims += other.planned_victims;
  }
};

class Checks {
 public:
  Checks();

  // The first broken promise of the durable state, or nothing.
  std::optional<std::string> find_violation(const core::Cluster& cluster, Workload& workload);
  // A task that is given up because its host was silent, while that could be heard. Of what is decided, durable or not,
  // and as long as `now` is the moment of the decision: it may become durable minutes later.
  std::optional<std::string> find_wrongly_given_up(const core::Cluster& decided, Instant now);
  // A task that was preempted by the round that was just decided although that helps nobody, or a host that is kept although
  // its time was over long before `now`, by the scheduler's clock.
  std::optional<std::string> find_needless_victim(const core::Cluster& decided, Instant now);
  std::optional<std::string> find_intruder(const core::Cluster& decided, Instant now);
  // Nothing is on its way any more: no kill is open, no update works, hosts run what the scheduler believes
  // they run.
  std::optional<std::string> find_unsettled(const core::Cluster& cluster, const LiveRuns& live,
                                            Instant now) const;

  // Since when nothing but the scheduler kept a host from being heard. Set before the first look.
  std::function<Instant(const core::HostId&)> is_well_since;

  const Seen& seen() const { return seen_; }
  // A store was rolled back: a host that has what the store thought to be waiting may have more than its room
  // and than limits allow. What is placed elsewhere must still fit.
  void accept_runs() { runs_are_facts_ = true; }
  // A launch was sent: from now on the scheduler must know that the task is on that host.
  void forget_launches() { launched_.clear(); }
  void note_launch(const core::Task& task) { launched_[task.id] = task.host; }

 private:
  std::optional<std::string> find_illegal_history(const core::Task& task);
  std::optional<std::string> find_misplaced(const core::Cluster& cluster);
  std::optional<std::string> find_exceeded_quota(const core::Cluster& cluster) const;
  std::optional<std::string> find_false_success(const core::Cluster& cluster);

  std::set<std::pair<core::TaskStatus, core::TaskStatus>> legal_;
  Seen seen_;
  bool runs_are_facts_ = false;
  std::map<core::TaskId, size_t> checked_events_;
  std::set<std::pair<core::TaskId, Instant>> judged_;  // events that say that a host was silent
  std::set<std::pair<core::TaskId, Instant>> victims_;  // looked at
  std::set<std::pair<core::InstanceKey, core::HostId>> returned_;  // instances, to hosts that were kept for them
  std::map<core::HostId, std::set<core::TaskId>> there_before_;    // on hosts that are kept, when that began
  std::set<core::UpdateKey> succeeded_;            // updates, looked at
  std::map<core::TaskId, core::HostId> launched_;  // and not seen to be over
};

}  // namespace aurora::sim

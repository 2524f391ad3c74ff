// Which groups of pending tasks are tried next, and when: each group on its own timer, backing off while no
// host takes its tasks (spec/scheduler.md §4.1), and those that could fit again as soon as there is more
// room. A new group is due at once: its first penalty is what the second try waits longer than. Used by the
// engine's thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "aurora/core/commands/command.h"
#include "aurora/core/placement/relief.h"
#include "scheduler/group_penalties.h"

namespace aurora::scheduler {

class PlacementQueue {
 public:
  PlacementQueue(const core::SchedulerSettings& settings, Rng& rng)
      : settings_(settings), timing_(settings.timing), rng_(rng) {}

  void add_all(const core::Cluster& cluster, Instant now);  // after a restart
  // Notes new pending tasks and what lets waiting ones in. `before`: the cluster without the change.
  void observe(const core::Cluster& before, const core::Change& change, Instant now);
  bool empty() const { return groups_.empty(); }
  // Until then nothing is due: hosts are heard first.
  void hold_until(Instant when) { held_until_ = when; }
  // Nor before all of these have reported, until then at most.
  void listen_to(std::set<core::HostId> hosts, Instant most) {
    unheard_ = std::move(hosts);
    held_until_ = most;
  }
  Instant held_until() const { return held_until_; }
  // Nor before then: no more launches can be sent.
  void wait_for_room_until(Instant when) { no_room_until_ = when; }
  // Nor has anybody to go for another before then.
  void spare_until(Instant when) { spared_until_ = when; }
  bool preempts(Instant now) const { return now >= spared_until_; }
  std::optional<Instant> next_due() const;
  // The groups to try now; each is tried until answered().
  std::set<core::ConfigHash> take_due(const core::Cluster& cluster, Instant now);
  void answered(const core::Cluster& cluster, const std::set<core::ConfigHash>& tried,
                const core::PlaceTasks::Answer& answer, Instant now);
  const GroupPenalties& penalties() const { return penalties_; }  // for any thread

 private:
  struct Waiting {
    Instant due;
    Duration penalty;
    std::optional<core::JobKey> limited_job = {};  // whose tasks elsewhere keep it waiting, perhaps
  };
  struct Due {
    Instant at;
    const core::ConfigHash* group = nullptr;  // the key in groups_
  };
  struct DueBefore {
    bool operator()(const Due& a, const Due& b) const {
      return a.at != b.at ? a.at < b.at : *a.group < *b.group;
    }
  };
  void note_better(const core::Cluster& cluster, Instant now);
  void wake(const core::Cluster& cluster, Instant now);
  void end_turn(const core::Cluster& cluster, Instant now);
  void set_waiting(const core::ConfigHash& group, Waiting waiting);
  void note_limits(const core::PendingGroup& group, Waiting& waiting);
  void forget(const core::ConfigHash& group);
  void note_ended(const core::JobKey& job);

  // When the first of the group's tasks may have others go for it; absent: that is no matter of time.
  std::optional<Instant> preemption_due(const core::PendingGroup& group) const;

  const core::SchedulerSettings& settings_;
  const core::TaskTiming& timing_;
  Rng& rng_;
  std::map<core::ConfigHash, Waiting> groups_;
  std::set<Due, DueBefore> by_due_;              // the same groups
  std::map<core::JobKey, size_t> limited_jobs_;  // how many groups wait of each that has limits
  std::optional<Instant> wake_at_;               // something has become better
  Instant last_wake_;
  Instant last_answer_;
  core::Relief relief_;     // since then
  bool wakes_all_ = false;  // what has become better may concern any group
  // The groups that are tried now with what was freed, and how many of their tasks waited: some of the room
  // may be left for others.
  std::map<core::ConfigHash, size_t> turn_;
  Instant held_until_;
  Instant no_room_until_;
  Instant spared_until_;
  std::set<core::HostId> unheard_;
  GroupPenalties penalties_;  // of groups_
};

}  // namespace aurora::scheduler

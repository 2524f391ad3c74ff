// Which tasks have to go so that others can come (Aurora 0.22, spec/scheduler.md §5). Pure.
//
// Unlike Aurora's, which looks for slots each minute and uses them later, the search decides at once on the cluster as it
// is: what it finds needs no second look. Its cost follows the hosts where something can be freed (an index says which),
// and of those it asks a bounded number; the next attempt begins elsewhere.
#pragma once

#include <functional>
#include <vector>

#include "aurora/core/decision/decision.h"
#include "core/placement/match.h"

namespace aurora::core {

// May tasks of the one take the place of tasks of the other? (§5.2)
bool may_preempt(const TaskConfig& preemptor, const TaskConfig& victim, const JobLimits& limits);

class Preemption {
 public:
  static constexpr size_t kHostsFreed = 100;  // for one group in one attempt: others want their turn
  // `room_at`: what the host at a position has left, with what this round has placed there.
  using RoomAt = std::function<const ResourceTotals&(size_t position)>;
  Preemption(const Cluster& cluster, const Context& context, const LimitCounts& counts, RoomAt room_at,
             Decision& decision);

  // Makes room on as many hosts for tasks of one configuration, `waiting` in their order: each a host's, which is kept for
  // them. False if there may be more to find than was looked at.
  bool make_room(const TaskNeed& need, const ConfigHash& hash, const std::vector<const Task*>& waiting);

 private:
  // The tasks that have to go so that the host takes one more; none of them needlessly. Empty: they do not help.
  std::vector<const Task*> choose_victims(const TaskNeed& need, size_t position) const;
  bool takes(const TaskNeed& need, size_t position, const ResourceTotals& room) const;
  bool try_host(const TaskNeed& need, const ConfigHash& hash, size_t position, const Task& task);
  std::vector<size_t> list_hosts_of_lesser(const TaskConfig& config, size_t tasks_max) const;
  bool is_taken(size_t position) const;

  const Cluster& cluster_;
  const HostIndex& index_;
  const Context& context_;
  const LimitCounts& counts_;
  const RoomAt room_at_;
  Decision& decision_;
  std::set<size_t> used_;  // positions: each host is used once in a round
};

}  // namespace aurora::core

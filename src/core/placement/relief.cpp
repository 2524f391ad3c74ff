#include "aurora/core/placement/relief.h"

#include <algorithm>
#include <vector>

#include "core/cluster/host_index.h"
#include "core/placement/match.h"
#include "core/placement/quarantine.h"

namespace aurora::core {
namespace {

// More hosts than this are not asked one by one: every group is tried that any of them could have room for.
constexpr size_t kHostsAsked = 64;

struct NewRoom {
  size_t position = 0;
  ResourceTotals room;
};

struct Candidate {
  const ConfigHash* hash = nullptr;
  const PendingGroup* group = nullptr;
  Instant since;  // its first task waits, or it had its turn
};

// Gives the rooms of hosts that improved to one group after the other, as a placement round would.
class Rooms {
 public:
  Rooms(const Cluster& cluster, const std::vector<size_t>& positions)
      : index_(cluster.host_index()), counts_(cluster) {
    for (const size_t position : positions) {
      const ResourceTotals& room = index_.room_at(position);
      most_ = rooms_.empty() ? room : most_of(most_, room);
      rooms_.push_back({position, room});
    }
  }
  // Never false for a need that one of them has room for.
  bool may_fit(const ResourceTotals& need) const { return !rooms_.empty() && fits(need, most_); }

  // Takes what the group's tasks need, as far as there is room. False: for none of them.
  bool take(const PendingGroup& group) {
    const TaskNeed need{*group.front().task->config, group.cost};
    size_t left = group.size();
    for (NewRoom& host : rooms_) {
      while (left > 0 && fits(need.cost, host.room) &&
             !find_refusal(need, {index_.host_at(host.position), host.room, index_.is_open(host.position)},
                           counts_)) {
        host.room -= need.cost;
        --left;
      }
    }
    return left < group.size();
  }

 private:
  const HostIndex& index_;
  LimitCounts counts_;
  std::vector<NewRoom> rooms_;
  ResourceTotals most_;  // of each resource, on whichever host
};

// Whether none of its tasks is to be placed anywhere: for the configuration's sake, or because something
// unknown runs in the place of each.
bool is_held(const Cluster& cluster, const PendingGroup& group, Instant now) {
  if (find_hold(cluster, group.front().task->config, now)) return true;
  return std::all_of(group.begin(), group.end(), [&](const WaitingTask& waiting) {
    return cluster.find_occupant(waiting.task->instance()) != nullptr;
  });
}

Instant waits_since(const PendingGroup& group, const ConfigHash& hash, const Relief& relief) {
  const auto served = relief.served.find(hash);
  const Instant since = group.front().since;
  return served == relief.served.end() ? since : std::max(since, served->second);
}

}  // namespace

Relieved list_relieved_groups(const Cluster& cluster, const Relief& relief, Instant now) {
  if (cluster.pending_groups().empty()) return {};
  const std::vector<size_t> improved = cluster.host_index().improved_since(relief.host_version);
  Rooms rooms(cluster, improved);
  Relieved relieved;
  std::vector<Candidate> candidates;
  for (const auto& [hash, group] : cluster.pending_groups()) {
    const bool is_let_in = group.has_limits && relief.ended.contains(group.front().task->job());
    if (is_let_in) relieved.groups.insert(hash);
    if (!is_let_in && rooms.may_fit(group.cost))
      candidates.push_back({&hash, &group, waits_since(group, hash, relief)});
  }
  if (improved.size() > kHostsAsked) {
    for (const Candidate& candidate : candidates) relieved.groups.insert(*candidate.hash);
    return relieved;
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::since);
  for (const Candidate& candidate : candidates) {
    if (is_held(cluster, *candidate.group, now) || !rooms.take(*candidate.group)) continue;
    relieved.groups.insert(*candidate.hash);
    relieved.is_in_turns = true;
  }
  return relieved;
}

uint64_t host_version(const Cluster& cluster) { return cluster.host_index().version(); }

}  // namespace aurora::core

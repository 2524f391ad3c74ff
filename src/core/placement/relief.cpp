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

// Gives the rooms of hosts that improved to one group after the other, as a placement round would.
class Rooms {
 public:
  Rooms(const Cluster& cluster, const std::vector<size_t>& positions, Instant now)
      : cluster_(cluster), index_(cluster.host_index()), counts_(cluster), now_(now) {
    for (const size_t position : positions) rooms_.push_back({position, index_.room_at(position)});
    find_most();
  }
  // Never false for a need that one of them still has room for.
  bool may_fit(const ResourceTotals& need) const { return !rooms_.empty() && fits(need, most_); }

  // Takes what the group's tasks need, as far as there is room. False: for none of them.
  bool take(const PendingGroup& group) {
    const TaskNeed need{*group.front().task->config, group.cost};
    size_t left = group.size();
    const ConfigHash& hash = group.front().task->config.hash();
    for (NewRoom& host : rooms_) {
      const bool is_kept = comes_back(need.config.job, host.position)
                               ? is_reserved_from(hash, cluster_, host.position, now_)
                               : is_kept_from(hash, cluster_, host.position, now_);
      while (left > 0 && fits(need.cost, host.room) &&
             !find_refusal(need, {index_.host_at(host.position), host.room, index_.is_open(host.position), is_kept},
                           counts_)) {
        host.room -= need.cost;
        --left;
      }
    }
    if (left == group.size()) return false;
    find_most();
    return true;
  }

 private:
  bool comes_back(const JobKey& job, size_t position) const {  // an instance of the job, to this host
    if (index_.kept_at(position) == 0) return false;
    return std::ranges::any_of(cluster_.list_kept(job), [&](const InstanceKept* kept) {
      return kept->host == index_.host_at(position).id;
    });
  }

  void find_most() {
    if (rooms_.empty()) return;
    most_ = rooms_.front().room;
    for (const NewRoom& host : rooms_) most_ = most_of(most_, host.room);
  }

  const Cluster& cluster_;
  const HostIndex& index_;
  LimitCounts counts_;
  const Instant now_;
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

bool comes_after(const PendingNeed* a, const PendingNeed* b) {
  return a->since != b->since ? a->since > b->since : *a->hash > *b->hash;
}

bool is_let_in(const PendingNeed& need, const Relief& relief) {
  return need.has_limits && !relief.ended.empty() && relief.ended.contains(need.group->front().task->job());
}

}  // namespace

Relieved list_relieved_groups(const Cluster& cluster, const Relief& relief, Instant now) {
  if (cluster.pending_groups().empty()) return {};
  const std::vector<size_t> improved = cluster.host_index().improved_since(relief.host_version);
  if (improved.empty() && relief.ended.empty()) return {};
  Rooms rooms(cluster, improved, now);
  Relieved relieved;
  std::vector<const PendingNeed*> candidates;
  for (const PendingNeed& need : cluster.pending_needs()) {
    if (is_let_in(need, relief)) {
      relieved.groups.insert(*need.hash);
    } else if (rooms.may_fit(need.cost)) {
      candidates.push_back(&need);
    }
  }
  if (improved.size() > kHostsAsked) {
    for (const PendingNeed* need : candidates) relieved.groups.insert(*need->hash);
    return relieved;
  }
  std::ranges::make_heap(candidates, comes_after);
  while (!candidates.empty()) {
    std::ranges::pop_heap(candidates, comes_after);
    const PendingNeed& need = *candidates.back();
    candidates.pop_back();
    if (!rooms.may_fit(need.cost) || is_held(cluster, *need.group, now) || !rooms.take(*need.group)) continue;
    relieved.groups.insert(*need.hash);
    relieved.is_in_turns = true;
  }
  return relieved;
}

uint64_t host_version(const Cluster& cluster) { return cluster.host_index().version(); }

}  // namespace aurora::core

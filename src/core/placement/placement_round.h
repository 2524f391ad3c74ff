// One round of placement: pending tasks of several groups onto the hosts that have room, within one decision.
// What the round has placed counts at once for capacity, ports and limits.
//
// Each group walks the ring of hosts once, from a random start, asking the index only for hosts with room; a
// host that took a task is asked again only when the walk is over, and one that refused is not asked again,
// because during a round hosts only fill up. So a group costs at most hosts + tasks, and instances of a job
// spread over hosts, as Aurora's default random offer order does: the loss of one host then hurts least.
// Hosts scheduled for maintenance are used when no other takes the task (spec/scheduler.md §4.5, base order).
//
// A group that found no host in an earlier round asks only those that have improved since: what waits costs
// little while nothing changes for it. (Not with limit constraints: tasks of the job elsewhere count there.)
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/placement/task_group.h"
#include "core/cluster/host_index.h"
#include "core/host/ports.h"
#include "core/placement/choice_facts.h"
#include "core/placement/match.h"
#include "core/placement/quarantine.h"

namespace aurora::core {

class PlacementRound {
 public:
  PlacementRound(const Cluster& cluster, const Context& context, Decision& decision);

  // Groups take turns, one task each, until every group is done or `tasks_max` tasks are placed.
  // Leaves the reasons of groups that found no host in the decision.
  PlacementResult place(const std::set<ConfigHash>& hashes, int32_t tasks_max);
  // After place(): tasks that no host took and that have waited long enough have others go for them (§5.3).
  void preempt(PlacementResult& result);

 private:
  struct HostState {  // a host that this round has changed
    ResourceTotals room;
    std::optional<FreePorts> free_ports;
  };
  struct Group {
    ConfigHash hash;
    TaskConfigRef config;
    ResourceTotals cost;
    PendingGroup::Iterator next_task;
    PendingGroup::Iterator end;
    bool is_stuck = false;  // no host takes its next task
    bool has_placed = false;
    bool is_held = false;      // a task was passed over: something unknown runs in its place, or its host has no room
    std::string waits_for_host = {};  // why one whose host is kept for it is not there
    std::optional<Hold> hold;  // it is not to be placed anywhere
    // The walk over the ring: `start`, `start` + 1, ... `steps` positions are behind it. Or over `improved`.
    size_t start = 0;
    size_t steps = 0;
    std::optional<std::vector<size_t>> improved;  // positions; set if no other host takes tasks of the group
    std::optional<HostIndex::InOrder> last;       // of a walk in the site's order; the ring comes behind it
    bool is_out_of_order = false;                 // that walk is over
    std::list<size_t> accepting;                  // positions that took a task, next to be asked first
    bool is_drawn = false;        // the last host was
    std::list<size_t> scheduled;  // positions in maintenance mode Scheduled, for when no other is left
    // What is told of a task that gets a host; the same text for all for which the same is true.
    std::map<VetoKind, Refusals> refused = {};
    std::map<Choice, SharedText> facts = {};
  };

  std::optional<Group> open_group(const ConfigHash& hash);
  // Instances that go back to their hosts or wait for them (§9.8).
  int32_t place_kept(Group& group, int32_t tasks_max);
  // Places the group's next task or marks the group stuck. True if a task was placed.
  bool place_next(Group& group);
  void pass_held(Group& group) const;
  std::optional<size_t> find_host(Group& group);
  std::optional<size_t> draw_host(Group& group);  // of some that are drawn, the one with the fewest tasks of the job
  int32_t most_on(const Group& group, const Host& host) const;
  std::optional<size_t> ask_again(Group& group);
  std::optional<size_t> walk_on(Group& group);
  std::optional<size_t> next_with_room(Group& group) const;
  enum class KeptForIt { No, Yes };
  bool takes(Group& group, size_t position, KeptForIt is_kept = KeptForIt::No);
  void count(VetoKind kind);
  const ResourceTotals& room_at(size_t position) const;
  Place place_for(const Group& group, size_t position, KeptForIt is_kept = KeptForIt::No) const;
  void assign(Group& group, const Task& pending, size_t position, Choice choice);
  const SharedText& facts_for(Group& group, Choice choice) const;
  HostState& state_of(size_t position);
  FreePorts& free_ports_of(size_t position);

  // The tasks of the group that may have others go: they wait for long, and no host is kept for them yet.
  std::vector<const Task*> list_entitled(const Group& group) const;
  void release_surplus(const Group& group);
  void release(const HostId& host);
  void release(const InstanceKey& instance);
  bool waits_for_host(const Task& task) const;

  void explain(const std::vector<Group>& groups);
  void keep_reason(const Group& group, const PendingReason& known);
  PendingReasonFound find_closest(const Group& group) const;
  void look_for_closer(const Group& group, PendingReason& found) const;  // among those that have improved
  void note_closer(const Group& group, size_t position, const std::optional<Refusal>& refusal,
                   PendingReason& found) const;

  const Cluster& cluster_;
  const HostIndex& index_;
  const Context& context_;
  Decision& decision_;
  LimitCounts counts_;
  std::map<size_t, HostState> states_;  // by position; only hosts that were asked
  std::set<JobKey> limited_jobs_;       // whose tasks are counted by attributes
  std::vector<Group> groups_;
  std::set<HostId> released_;  // were kept for a group until this round
  std::set<InstanceKey> freed_;  // waited for their hosts until this round
  std::set<TaskId> gone_home_;   // placed by place_kept()
};

}  // namespace aurora::core

#include "core/placement/placement_round.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/placement/preemption.h"
#include "core/placement/veto_survey.h"

namespace aurora::core {
namespace {

// Looking for the closest host looks at all of them. Above this many in one round the remaining groups keep
// the reason they have and come first next time.
constexpr size_t kHostsExplainedMax = 50'000;
// A reason is looked for from scratch only after this long, when there are many hosts and groups; after
// longer, when there are so many that in this time more hosts would be looked at than these in a second.
constexpr Duration kReasonFresh = seconds(10);
constexpr size_t kHostsExplainedPerSecond = 20'000;
// In the site's order so many hosts without room are passed over; then any will do.
constexpr size_t kOrderLooks = 1'000;
constexpr int64_t kFarthest = std::numeric_limits<int64_t>::max();  // any host is closer

std::string_view counter_of(VetoKind kind) {
  switch (kind) {
    case VetoKind::Dedicated:
      return "scheduling_veto_dedicated_constraint_mismatch";
    case VetoKind::Maintenance:
      return "scheduling_veto_maintenance";
    case VetoKind::Reserved:
      return "scheduling_veto_reserved";
    case VetoKind::Constraint:
      return "scheduling_veto_constraint_mismatch";
    case VetoKind::Limit:
      return "scheduling_veto_limit_not_satisfied";
    case VetoKind::Resources:
      return "scheduling_veto_insufficient_resources";
  }
  return "";
}

bool is_being_emptied(const Host& host) {
  return host.mode == MaintenanceMode::Draining || host.mode == MaintenanceMode::Drained;
}

}  // namespace

PlacementRound::PlacementRound(const Cluster& cluster, const Context& context, Decision& decision)
    : cluster_(cluster),
      index_(cluster.host_index()),
      context_(context),
      decision_(decision),
      counts_(cluster) {}

PlacementResult PlacementRound::place(const std::set<ConfigHash>& hashes, int32_t tasks_max) {
  groups_.reserve(hashes.size());
  for (const ConfigHash& hash : hashes) {
    if (auto group = open_group(hash)) groups_.push_back(std::move(*group));
  }
  PlacementResult result;
  for (Group& group : groups_) result.placed += place_kept(group, tasks_max - result.placed);
  bool is_moving = true;
  while (is_moving) {
    is_moving = false;
    for (Group& group : groups_) {
      if (result.placed >= tasks_max) break;
      if (!place_next(group)) continue;
      ++result.placed;
      is_moving = true;
    }
  }
  for (const Group& group : groups_) {
    if (group.is_stuck || group.is_held || !group.waits_for_host.empty()) result.unplaced.insert(group.hash);
    if (group.has_placed) release_surplus(group);
  }
  explain(groups_);
  return result;
}

void PlacementRound::preempt(PlacementResult& result) {
  if (!context_.settings.preemption.is_enabled) return;
  Preemption preemption(
      cluster_, context_, counts_, [this](size_t position) -> const ResourceTotals& { return room_at(position); },
      decision_);
  for (const Group& group : groups_) {
    if (!group.is_stuck || group.hold) continue;
    const std::vector<const Task*> entitled = list_entitled(group);
    if (entitled.empty()) continue;
    if (!preemption.make_room({*group.config, group.cost}, group.hash, entitled)) result.hurried.insert(group.hash);
  }
}

std::vector<const Task*> PlacementRound::list_entitled(const Group& group) const {
  constexpr size_t kTasksMax = Preemption::kHostsFreed + 1;  // one more shows that there are more
  size_t provided = 0;
  for (const HostId& host : cluster_.list_reserved_hosts(group.hash)) {
    if (!released_.contains(host) && cluster_.find_reservation(host)->until > context_.now) ++provided;
  }
  std::vector<const Task*> entitled;
  for (auto waiting = group.next_task; waiting != group.end && entitled.size() < kTasksMax; ++waiting) {
    if (waiting->since + context_.settings.preemption.delay > context_.now) break;
    if (cluster_.find_occupant(waiting->task->instance()) != nullptr || waits_for_host(*waiting->task)) continue;
    provided > 0 ? static_cast<void>(--provided) : entitled.push_back(waiting->task);
  }
  return entitled;
}

void PlacementRound::release(const HostId& host) {
  if (released_.insert(host).second) decision_.changes.push_back(HostReleased{host});
}

void PlacementRound::release(const InstanceKey& instance) {
  if (freed_.insert(instance).second) decision_.changes.push_back(InstanceReleased{instance});
}

bool PlacementRound::waits_for_host(const Task& task) const {
  return cluster_.find_kept(task.instance()) != nullptr && !freed_.contains(task.instance());
}

// Of hosts that were kept for tasks which found another.
void PlacementRound::release_surplus(const Group& group) {
  const std::set<HostId>& reserved = cluster_.list_reserved_hosts(group.hash);
  if (reserved.empty()) return;
  size_t waiting = 0;
  for (auto task = group.next_task; task != group.end && waiting < reserved.size(); ++task) ++waiting;
  for (const HostId& host : reserved) {
    if (released_.contains(host)) continue;
    waiting > 0 ? static_cast<void>(--waiting) : release(host);
  }
}

std::optional<PlacementRound::Group> PlacementRound::open_group(const ConfigHash& hash) {
  auto found = cluster_.pending_groups().find(hash);
  if (found == cluster_.pending_groups().end() || found->second.empty()) return std::nullopt;
  const Task* first = found->second.front().task;
  Group group;
  group.hash = hash;
  group.config = first->config;
  group.cost = found->second.cost;
  group.next_task = found->second.begin();
  group.end = found->second.end();
  group.hold = find_hold(cluster_, group.config, context_.now);
  group.is_stuck = group.hold.has_value();
  group.start = index_.size() > 0 ? context_.rng.below(index_.size()) : 0;
  if (found->second.has_limits || !index_.order().spread_over.empty()) limited_jobs_.insert(group.config->job);
  const PendingReason* known = cluster_.find_pending_reason(hash);
  if (known && !found->second.has_limits) group.improved = index_.improved_since(known->host_version);
  return group;
}

// A host that nothing goes to any more is waited for by nobody, unlike in the original.
int32_t PlacementRound::place_kept(Group& group, int32_t tasks_max) {
  int32_t placed = 0;
  if (group.hold) return placed;
  for (const InstanceKept* kept : cluster_.list_kept(group.config->job)) {
    const Task* task = cluster_.find_active(kept->instance);
    if (task == nullptr || task->status != TaskStatus::Pending || task->config.hash() != group.hash) continue;
    const std::optional<size_t> position = cluster_.find_position(kept->host);
    if (!position || !index_.is_connected(*position) || is_being_emptied(index_.host_at(*position))) {
      release(kept->instance);
    } else if (placed < tasks_max && cluster_.find_occupant(kept->instance) == nullptr &&
               takes(group, *position, KeptForIt::Yes)) {
      assign(group, *task, *position, Choice::CameBack);
      release(kept->instance);
      gone_home_.insert(task->id);
      group.has_placed = true;
      ++placed;
    } else {
      const Place place = place_for(group, *position, KeptForIt::Yes);
      const std::string why = join_reasons(match({*group.config, group.cost}, place, counts_));
      group.waits_for_host = "Waits for its host " + kept->host.value() + (why.empty() ? "" : ": " + why);
    }
  }
  return placed;
}

// Two copies of an instance are worse than one that waits until somebody has looked.
void PlacementRound::pass_held(Group& group) const {
  for (; group.next_task != group.end; ++group.next_task) {
    const Task& task = *group.next_task->task;
    if (gone_home_.contains(task.id) || waits_for_host(task)) continue;
    if (cluster_.find_occupant(task.instance()) == nullptr) return;
    group.is_held = true;
  }
}

bool PlacementRound::place_next(Group& group) {
  if (!group.is_stuck) pass_held(group);
  if (group.is_stuck || group.next_task == group.end) return false;
  const Task* task = group.next_task->task;
  AURORA_CHECK(task->status == TaskStatus::Pending);
  std::optional<size_t> position = find_host(group);
  if (!position) {
    group.is_stuck = true;
    return false;
  }
  assign(group, *task, *position, group.is_drawn ? Choice::Drawn : Choice::Walked);
  group.has_placed = true;
  ++group.next_task;
  return true;
}

std::optional<size_t> PlacementRound::find_host(Group& group) {
  auto drawn = draw_host(group);
  group.is_drawn = drawn.has_value();
  if (drawn) return drawn;
  const bool packs = !index_.order().keys.empty();
  if (packs && !group.accepting.empty()) {  // the host that is being filled
    if (takes(group, group.accepting.front())) return group.accepting.front();
    group.accepting.clear();
  }
  if (auto position = walk_on(group)) {
    group.accepting.push_back(*position);
    return position;
  }
  return ask_again(group);
}

// A few draws are enough: the second already takes most of the unevenness away, and each costs the same however many
// hosts there are.
std::optional<size_t> PlacementRound::draw_host(Group& group) {
  constexpr int kDraws = 16;
  const std::string& attribute = index_.order().spread_over;
  if (attribute.empty() || group.improved || index_.size() == 0) return std::nullopt;
  std::optional<size_t> best;
  int32_t fewest = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const size_t from = context_.rng.below(index_.size());
    size_t position = index_.find_room(group.cost, from);
    if (position == index_.size()) position = index_.find_room(group.cost, 0);
    if (position == index_.size()) return best;
    const Host& host = index_.host_at(position);
    if (host.mode != MaintenanceMode::None || !takes(group, position)) continue;
    const int32_t tasks = most_on(group, host);
    if (best && tasks >= fewest) continue;
    best = position;
    fewest = tasks;
    if (fewest == 0) return best;
  }
  return best;
}

// Of the host's values of the attribute, the tasks of the job on the fullest; a host without it counts as one of its own.
int32_t PlacementRound::most_on(const Group& group, const Host& host) const {
  const std::string& attribute = index_.order().spread_over;
  const auto values = host.attributes.find(attribute);
  int32_t most = 0;
  if (values == host.attributes.end()) return most;
  for (const std::string& value : values->second) most = std::max(most, counts_.count(group.config->job, attribute, value));
  return most;
}

std::optional<size_t> PlacementRound::ask_again(Group& group) {
  for (auto* candidates : {&group.accepting, &group.scheduled}) {
    while (!candidates->empty()) {
      size_t position = candidates->front();
      candidates->pop_front();
      if (!takes(group, position)) continue;
      candidates->push_back(position);
      return position;
    }
  }
  return std::nullopt;
}

std::optional<size_t> PlacementRound::walk_on(Group& group) {
  while (const auto position = next_with_room(group)) {
    if (!takes(group, *position)) continue;
    if (index_.host_at(*position).mode == MaintenanceMode::None) return position;
    group.scheduled.push_back(*position);
  }
  return std::nullopt;
}

std::optional<size_t> PlacementRound::next_with_room(Group& group) const {
  if (group.improved) {
    while (group.steps < group.improved->size()) {
      const size_t position = (*group.improved)[group.steps++];
      if (fits(group.cost, room_at(position))) return position;
    }
    return std::nullopt;
  }
  if (!index_.order().keys.empty() && !group.is_out_of_order) {
    group.last = index_.next_in_order(group.cost, group.last, kOrderLooks);
    if (group.last) return group.last->second;
    group.is_out_of_order = true;
  }
  const size_t size = index_.size();
  if (group.steps >= size) return std::nullopt;
  size_t from = (group.start + group.steps) % size;
  size_t position = index_.find_room(group.cost, from);
  if (position == size && from >= group.start) {  // nothing up to the end of the ring: on from its beginning
    group.steps = size - group.start;
    from = 0;
    position = group.start == 0 ? size : index_.find_room(group.cost, from);
  }
  group.steps += position - from + 1;
  if (group.steps <= size) return position;
  group.steps = size;  // what was found lies behind the start
  return std::nullopt;
}

bool PlacementRound::takes(Group& group, size_t position, KeptForIt is_kept) {
  const TaskNeed need{*group.config, group.cost};
  if (const auto refusal = find_refusal(need, place_for(group, position, is_kept), counts_)) {
    count(refusal->kind);
    Refusals& refused = group.refused[refusal->kind];
    if (refused.hosts++ == 0) refused.first = index_.host_at(position).id;
    group.facts.clear();
    return false;
  }
  return group.cost.ports == 0 || free_ports_of(position).size() >= static_cast<size_t>(group.cost.ports);
}

// A limit is the only veto that may pass while the host stays as it is.
void PlacementRound::count(VetoKind kind) {
  ++decision_.counts[kind == VetoKind::Limit ? "scheduling_veto_dynamic" : "scheduling_veto_static"];
  ++decision_.counts[counter_of(kind)];
}

const ResourceTotals& PlacementRound::room_at(size_t position) const {
  const auto changed = states_.find(position);
  return changed == states_.end() ? index_.room_at(position) : changed->second.room;
}

Place PlacementRound::place_for(const Group& group, size_t position, KeptForIt is_kept) const {
  const auto is_closed = is_kept == KeptForIt::Yes ? is_reserved_from : is_kept_from;
  return {index_.host_at(position), room_at(position), index_.is_open(position),
          is_closed(group.hash, cluster_, position, context_.now)};
}

PlacementRound::HostState& PlacementRound::state_of(size_t position) {
  return states_.try_emplace(position, HostState{index_.room_at(position), std::nullopt}).first->second;
}

FreePorts& PlacementRound::free_ports_of(size_t position) {
  HostState& state = state_of(position);
  if (!state.free_ports) {
    const Host& host = index_.host_at(position);
    state.free_ports.emplace(host.port_ranges, cluster_.used_ports(host.id));
  }
  return *state.free_ports;
}

void PlacementRound::assign(Group& group, const Task& pending, size_t position, Choice choice) {
  const Host& host = index_.host_at(position);
  Assignment assignment{host.id, {}};
  for (const std::string& name : group.config->resources.ports) {
    assignment.ports[name] = free_ports_of(position).draw(context_.rng);
  }
  const HostReserved* reserved = index_.reservation_at(position);
  if (reserved != nullptr && reserved->config == group.hash) choice = Choice::Kept;
  transition(cluster_, pending, {TaskStatus::Assigned, {}, {}, std::move(assignment), facts_for(group, choice)}, context_,
             decision_);
  const auto* moved = std::get_if<TaskMoved>(&decision_.changes.back());
  AURORA_CHECK(moved != nullptr && moved->task_id == pending.id);
  decision_.effects.push_back(LaunchTask{host.id, pending.id, pending.config, moved->move.event.timestamp});
  state_of(position).room -= group.cost;
  if (choice == Choice::Kept) release(host.id);
  if (limited_jobs_.contains(pending.job())) counts_.add(pending.job(), host);
}

const SharedText& PlacementRound::facts_for(Group& group, Choice choice) const {
  SharedText& facts = group.facts[choice];
  if (!facts) facts = as_fact(to_sentence(ChoiceFacts{choice, index_, group.refused, cluster_.find_pending_reason(group.hash)}));
  return facts;
}

// Groups whose reason is oldest come first, so that none keeps an outdated one for ever. A reason that is
// kept is still compared with the hosts that have improved.
void PlacementRound::explain(const std::vector<Group>& groups) {
  std::vector<std::pair<const PendingReason*, const Group*>> stuck;
  for (const Group& group : groups) {
    if (group.is_stuck || !group.waits_for_host.empty())
      stuck.emplace_back(cluster_.find_pending_reason(group.hash), &group);
  }
  auto since = [](const auto& entry) { return entry.first ? entry.first->since : Instant{}; };
  std::stable_sort(stuck.begin(), stuck.end(),
                   [&](const auto& a, const auto& b) { return since(a) < since(b); });
  const size_t work = index_.size() * cluster_.pending_groups().size();
  const Duration fresh =
      std::max(kReasonFresh, seconds(static_cast<int64_t>(work / kHostsExplainedPerSecond)));
  size_t hosts_left = kHostsExplainedMax;
  for (const auto& [known, group] : stuck) {
    const bool is_fresh = known && work > kHostsExplainedPerSecond && context_.now - known->since < fresh;
    if (!group->is_stuck) {
      decision_.changes.push_back(PendingReasonFound{
          group->hash, {.reason = group->waits_for_host, .score = kFarthest, .since = context_.now}});
    } else if (group->hold) {
      decision_.changes.push_back(PendingReasonFound{
          group->hash, {.reason = to_sentence(*group->hold), .score = kFarthest, .since = context_.now}});
    } else if (!is_fresh && hosts_left >= std::min(index_.size(), kHostsExplainedMax)) {
      decision_.changes.push_back(find_closest(*group));
      hosts_left -= std::min(index_.size(), kHostsExplainedMax);
    } else if (known) {
      keep_reason(*group, *known);
    }
  }
}

// Said again only where something is new, or where a task that got its host has taken it along.
void PlacementRound::keep_reason(const Group& group, const PendingReason& known) {
  const bool has_improved = group.improved && !group.improved->empty();
  if (!has_improved && !group.has_placed) return;
  PendingReason kept = known;
  kept.host_version = index_.version();
  if (has_improved) look_for_closer(group, kept);
  decision_.changes.push_back(PendingReasonFound{group.hash, std::move(kept)});
}

PendingReasonFound PlacementRound::find_closest(const Group& group) const {
  PendingReason found{.reason = "No hosts are connected",
                      .score = kFarthest,
                      .since = context_.now,
                      .host_version = index_.version()};
  const TaskNeed need{*group.config, group.cost};
  VetoSurvey survey(need, group.hash, context_.now, cluster_, counts_);
  auto changed = states_.begin();
  for (size_t position = 0; position < index_.size(); ++position) {
    const bool is_changed = changed != states_.end() && changed->first == position;
    const ResourceTotals& room = is_changed ? (changed++)->second.room : index_.room_at(position);
    if (!index_.is_connected(position)) continue;
    note_closer(group, position, survey.add(position, room), found);
  }
  found.hosts = survey.hosts();
  found.vetoes = survey.list();
  return {group.hash, std::move(found)};
}

void PlacementRound::look_for_closer(const Group& group, PendingReason& found) const {
  const TaskNeed need{*group.config, group.cost};
  const WideMatch match(need, group.hash, context_.now, cluster_, counts_);
  Obstacles obstacles;
  for (const size_t position : *group.improved) {
    if (!index_.is_connected(position)) continue;
    match.find_obstacles(position, room_at(position), obstacles);
    note_closer(group, position, to_refusal(obstacles), found);
  }
}

void PlacementRound::note_closer(const Group& group, size_t position, const std::optional<Refusal>& refusal,
                                 PendingReason& found) const {
  if (!refusal || refusal->score >= found.score) return;
  found.score = refusal->score;
  found.reason = join_reasons(match({*group.config, group.cost}, place_for(group, position), counts_));
}

}  // namespace aurora::core

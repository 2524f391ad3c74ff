#include "sim/checks.h"

#include <algorithm>
#include <utility>

#include "aurora/core/quota/consumption.h"
#include "aurora/core/task/task_rules.h"
#include "core/placement/preemption.h"
#include "core/placement/quarantine.h"
#include "core/update/batch_strategy.h"

namespace aurora::sim {

using namespace core;

namespace {

constexpr Duration kWellForLong = seconds(75);
constexpr Duration kReleasedWithin = minutes(5);  // a scheduler that stood still looks at its timers late

TaskQuery those_that_go() {
  TaskQuery query;
  query.statuses = {TaskStatus::Preempting};
  return query;
}

// What is left of a host and how many tasks of `job` it has, by adding up every record.
struct Room {
  ResourceTotals left;
  int32_t of_job = 0;
};

Room room_on(const Cluster& cluster, const Host& host, const JobKey& job) {
  TaskQuery query;
  query.hosts = {host.id};
  Room room{host.capacity, 0};
  for (const Task* task : cluster.list_tasks(query)) {
    if (!is_assigned(task->status)) continue;
    room.left -= cost_on_host(*task->config);
    room.of_job += task->job() == job ? 1 : 0;
  }
  for (const UnknownTask* task : cluster.list_unknown_tasks(host.id)) {  // they keep what they have
    if (!task->summary) continue;
    room.left.cpus -= task->summary->cpus;
    room.left.ram_mb -= task->summary->ram_mb;
    room.left.disk_mb -= task->summary->disk_mb;
    room.left.gpus -= static_cast<int64_t>(task->summary->gpus.size());
    room.left.ports -= static_cast<int64_t>(task->summary->ports.size());
  }
  return room;
}

bool is_met(const Constraint& constraint, const Host& host, int32_t of_job) {
  const auto values = host.attributes.find(constraint.name);
  if (const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint)) {
    return of_job < limit->limit;  // only ever of hosts
  }
  const auto& wanted = std::get<ValueConstraint>(constraint.constraint);
  const bool found = values != host.attributes.end() && wanted.values == values->second;
  return found != wanted.negated;
}

bool has_ports(const Task& task, const Host& host) {
  const auto& names = task.config->resources.ports;
  return task.assigned_ports.size() == names.size() &&
         std::all_of(task.assigned_ports.begin(), task.assigned_ports.end(), [&](const auto& assigned) {
           return names.contains(assigned.first) &&
                  std::any_of(host.port_ranges.begin(), host.port_ranges.end(), [&](const PortRange& range) {
                    return range.first <= assigned.second && assigned.second <= range.last;
                  });
         });
}

using Hosts = std::set<HostId>;

// Those that run what a rolled back store had waiting: it was another's decision that they have room for it.
Hosts list_surprising_hosts(const Cluster& cluster) {
  Hosts hosts;
  for (const Task* task : cluster.list_tasks({})) {
    const bool is_found =
        is_assigned(task->status) && std::ranges::any_of(task->events, [](const TaskEvent& event) {
          return event.message == "Its host has it already.";
        });
    if (is_found) hosts.insert(task->host);
  }
  return hosts;
}

// A host that was given more than it has.
std::optional<std::string> find_overfull(const Cluster& cluster, const Hosts& excused) {
  for (const Host* host : cluster.list_hosts()) {
    if (excused.contains(host->id)) continue;
    ResourceTotals left = host->capacity;
    for (const Task* task : cluster.list_host_tasks(host->id)) left -= cost_on_host(*task->config);
    const bool is_overfull = left.cpus < 0 || left.ram_mb < 0 || left.disk_mb < 0 || left.ports < 0 ||
                             left.gpus < 0 || left.revocable_cpus < 0;
    if (is_overfull) return "host " + host->id.value() + " was given more than it has";
  }
  return std::nullopt;
}

// An assigned task whose host it must not be on, or that lacks a port. Hosts keep their attributes, so what
// was right when a task was placed stays right; of a limit only tasks of the same configuration are sure to
// obey it, and not on hosts that are `excused`.
std::optional<std::string> find_misfit(const Cluster& cluster, const Hosts& excused) {
  std::map<std::pair<HostId, ConfigHash>, int32_t> counts;
  for (const Task* task : cluster.list_tasks({})) {
    if (!is_assigned(task->status)) continue;
    const Host* host = cluster.find_host(task->host);
    const std::string name = "task " + task->id.value() + " on " + task->host.value();
    if (host == nullptr) return name + ": there is no such host";
    if (!has_ports(*task, *host)) return name + " lacks a port";
    const int32_t others = counts[{task->host, task->config.hash()}]++;
    for (const Constraint& constraint : task->config->constraints) {
      const bool is_limit = std::holds_alternative<LimitConstraint>(constraint.constraint);
      if (is_limit && excused.contains(task->host)) continue;
      if (!is_met(constraint, *host, others)) return name + " breaks its constraint on " + constraint.name;
    }
  }
  return std::nullopt;
}

bool returns_to(const Cluster& cluster, const HostId& host) {
  return std::ranges::any_of(cluster.list_kept(), [&](const InstanceKept* kept) { return kept->host == host; });
}

// The host that a pending task could run on, unless it is held back.
std::optional<std::string> find_overlooked(const Cluster& cluster, const Task& task, Instant now) {
  if (find_hold(cluster, task.config, now)) return std::nullopt;
  const ResourceTotals need = cost_on_host(*task.config);
  for (const Host* host : cluster.list_hosts()) {
    if (cluster.find_session(host->id) == nullptr) continue;
    if (host->mode == MaintenanceMode::Draining || host->mode == MaintenanceMode::Drained) continue;
    const HostReserved* reservation = cluster.find_reservation(host->id);
    const bool is_kept = reservation != nullptr && reservation->config != task.config.hash() && reservation->until > now &&
                         cluster.pending_groups().contains(reservation->config);
    if (is_kept || returns_to(cluster, host->id)) continue;
    const Room room = room_on(cluster, *host, task.job());
    const auto lacks = [](auto wanted, auto left) { return wanted > 0 && wanted > left; };
    if (lacks(need.cpus, room.left.cpus) || lacks(need.ram_mb, room.left.ram_mb) ||
        lacks(need.disk_mb, room.left.disk_mb) || lacks(need.ports, room.left.ports) ||
        lacks(need.gpus, room.left.gpus) || lacks(need.revocable_cpus, room.left.revocable_cpus))
      continue;
    const auto& constraints = task.config->constraints;
    const bool fits = std::all_of(constraints.begin(), constraints.end(), [&](const Constraint& constraint) {
      return is_met(constraint, *host, room.of_job);
    });
    if (fits) return host->id.value();
  }
  return std::nullopt;
}

// Its host is gone, and its job wants to wait for it.
bool may_stay_partitioned(const Cluster& cluster, const Task& task) {
  return cluster.find_session(task.host) == nullptr && task.config->partition_policy &&
         !task.config->partition_policy->reschedule;
}

// It is checked, and may be one that never gets well: that takes up to a minute, of a clock that may run twice as fast to
// catch up with one that was set ahead by an hour.
bool may_be_starting(const Task& task, Instant now) {
  const bool is_checked = std::ranges::any_of(
      task.config->metadata, [](const Metadata& entry) { return entry.key == "health"; });
  return is_checked && now - task.events.back().timestamp < minutes(2);
}

// It ends again and again, whoever starts it.
bool may_flap(const Task& task) {
  const auto is_sick = [](const Metadata& entry) { return entry.key == "health" && entry.value != "well"; };
  return task.status == TaskStatus::Throttled || std::ranges::any_of(task.config->metadata, is_sick);
}

std::optional<std::string> find_unsettled_task(const Cluster& cluster, const Task& task, const LiveRuns& live,
                                               Instant now) {
  const std::string name = "task " + task.id.value();
  const std::string status(enum_name(task.status));
  // Tasks that fail again and again make others go for them for ever.
  const bool is_going = task.status == TaskStatus::Preempting && now - task.events.back().timestamp < minutes(1);
  if (is_transient(task.status) && !is_going) return name + " stays " + status;
  if (task.status == TaskStatus::Starting && !may_be_starting(task, now)) return name + " stays " + status;
  if (task.status == TaskStatus::Partitioned && !may_stay_partitioned(cluster, task))
    return name + " stays " + status;
  if (task.status == TaskStatus::Throttled && now - task.events.back().timestamp > minutes(1)) {
    return name + " stays " + status;
  }
  if (task.status == TaskStatus::Pending) {
    if (const UnknownTask* occupant = cluster.find_occupant(task.instance())) {
      if (!live.contains(occupant->id))
        return name + " stays PENDING for " + occupant->id.value() + ", which is over";
    } else if (const auto host = find_overlooked(cluster, task, now)) {
      return name + " stays PENDING, with room on " + *host;
    }
  }
  const auto run = live.find(task.id);
  if (run != live.end() && run->second == kSeveral) return std::nullopt;
  if (task.status == TaskStatus::Running && (run == live.end() || run->second != task.host.value())) {
    return name + " is RUNNING and does not run on " + task.host.value();
  }
  if (is_terminal(task.status) && run != live.end())
    return name + " is " + status + " and runs on " + run->second;
  return std::nullopt;
}

// Every task that did not succeed says why it ended, and whoever asked for its end is named.
std::optional<std::string> find_unexplained(const Task& task) {
  if (!is_terminal(task.status) || task.status == TaskStatus::Finished) return std::nullopt;
  const std::string name =
      "task " + task.id.value() + ", which is " + std::string(enum_name(task.status)) + ", ";
  if (!task.end_reason) return name + "does not say why";
  const bool was_asked = std::ranges::any_of(task.events, [](const TaskEvent& event) {
    return event.status == TaskStatus::Killing || event.status == TaskStatus::Restarting;
  });
  const bool names_somebody = !task.end_reason->actor.empty();
  if (was_asked && task.status != TaskStatus::Failed && !names_somebody)
    return name + "does not say who asked";
  return std::nullopt;
}

// A policy that wants others up holds the update up while one of them keeps ending.
bool is_held_by_policy(const JobUpdate& update, const Task& task) {
  return update.instructions.settings.sla_aware && (task.status != TaskStatus::Running || may_flap(task));
}

}  // namespace

Checks::Checks() {
  for (const auto& from : EnumNames<TaskStatus>::values) {
    for (const auto& to : EnumNames<TaskStatus>::values) {
      if (find_rule(from.value, to.value).legal) legal_.emplace(from.value, to.value);
    }
  }
}

std::optional<std::string> Checks::find_violation(const Cluster& cluster, Workload& workload) {
  const Hosts excused = runs_are_facts_ ? list_surprising_hosts(cluster) : Hosts();
  if (auto broken = cluster.check_invariants()) {  // says last who has promised more than it has
    if (excused.empty() || broken->find("has promised more") == std::string::npos) return broken;
    if (auto overfull = find_overfull(cluster, excused)) return overfull;
  }
  for (const Task* task : cluster.list_tasks({})) {
    if (auto illegal = find_illegal_history(*task)) return illegal;
  }
  for (const JobUpdate* update : cluster.list_updates()) seen_.updates.insert(status_of(*update));
  if (auto misplaced = find_misplaced(cluster)) return misplaced;
  if (auto misfit = find_misfit(cluster, excused)) return misfit;
  if (auto false_success = find_false_success(cluster)) return false_success;
  if (auto exceeded = find_exceeded_quota(cluster)) return exceeded;
  return workload.find_forgotten(cluster);
}

// Nobody ever got more than he may; what a rolled back store finds on hosts was another's decision.
std::optional<std::string> Checks::find_exceeded_quota(const Cluster& cluster) const {
  if (runs_are_facts_) return std::nullopt;
  for (const std::string& role : cluster.list_roles()) {
    const ResourceTotals quota = cluster.quota_of(role);
    const ResourceTotals used = consumption_of(cluster, role).prod_shared;
    if (used.cpus > quota.cpus || used.ram_mb > quota.ram_mb || used.disk_mb > quota.disk_mb)
      return "role " + role + " uses more than its quota in production";
  }
  return std::nullopt;
}

// An update without failures that has rolled forward leaves no instance with another configuration.
std::optional<std::string> Checks::find_false_success(const Cluster& cluster) {
  for (const JobUpdate* update : cluster.list_updates()) {
    if (status_of(*update) != UpdateStatus::RolledForward || !succeeded_.insert(update->key).second) continue;
    const auto& desired = update->instructions.desired_state;
    if (update->instructions.settings.max_failed_instances > 0 || !desired) continue;
    if (cluster.find_active_update(update->key.job) != nullptr) continue;  // the next one has begun
    for (const int32_t id : to_set(desired->instances)) {
      const Task* task = cluster.find_active({update->key.job, id});
      if (task != nullptr && !(task->config == desired->task)) {
        return "update " + to_string(update->key) + " has rolled forward without instance " +
               std::to_string(id);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Checks::find_misplaced(const Cluster& cluster) {
  for (auto entry = launched_.begin(); entry != launched_.end();) {
    const auto& [id, host] = *entry;
    const Task* task = cluster.find_task(id);
    if (task == nullptr) return "task " + id.value() + " was launched, and the scheduler does not know it";
    if (task->host != host) {
      return "task " + id.value() + " was launched on " + host.value() +
             ", and the scheduler believes it is on '" + task->host.value() + "'";
    }
    entry = is_terminal(task->status) ? launched_.erase(entry) : std::next(entry);
  }
  return std::nullopt;
}

// A host that could be heard all the time, and longer than a lost report takes to be told again.
std::optional<std::string> Checks::find_wrongly_given_up(const Cluster& decided, Instant now) {
  for (const Task* task : decided.list_tasks({})) {
    for (const TaskEvent& event : task->events) {
      if (event.message.value_or("").find(" has not reported for ") == std::string::npos) continue;
      if (!judged_.emplace(task->id, event.timestamp).second) continue;
      const Duration well = now - is_well_since(task->host);
      if (well < kWellForLong) continue;
      return "task " + task->id.value() + " is given up because its host " + task->host.value() +
             " was silent, and that was well for " + std::to_string(well.ms / 1000) + " s";
    }
  }
  return std::nullopt;
}

// Whoever has to go makes room for a task that waits for it: for his tier or priority, and the host is kept for that task.
std::optional<std::string> Checks::find_needless_victim(const Cluster& decided, Instant now) {
  constexpr std::string_view kMessage = "Preempting in favor of ";
  for (const Task* victim : decided.list_tasks(those_that_go())) {
    const TaskEvent& event = victim->events.back();
    if (event.status != TaskStatus::Preempting || !victims_.emplace(victim->id, event.timestamp).second) continue;
    ++seen_.victims;
    const std::string name = "task " + victim->id.value() + " has to go, ";
    const std::string message = event.message.value_or("");
    if (!message.starts_with(kMessage)) return name + "and nobody says for whom";
    const Task* other = decided.find_task(TaskId(message.substr(kMessage.size())));
    if (other == nullptr || other->status != TaskStatus::Pending) continue;  // it has ended, or has a host, in this very round
    if (!may_preempt(*other->config, *victim->config, JobLimits())) return name + "for one that comes after it";
    const HostReserved* reservation = decided.find_reservation(victim->host);
    if (reservation == nullptr || reservation->config != other->config.hash())
      return name + "and its host is not kept for " + other->id.value();
  }
  for (const HostReserved* reservation : decided.list_reservations()) {
    if (reservation->until + kReleasedWithin < now)
      return "host " + reservation->host.value() + " is kept for longer than it should be";
  }
  return std::nullopt;
}

// On a host that is kept for instances which an update replaces. Whoever was there before may be, by whatever clock.
std::optional<std::string> Checks::find_intruder(const Cluster& decided, Instant now) {
  std::map<HostId, std::set<TaskId>> before = std::exchange(there_before_, {});
  for (const InstanceKept* kept : decided.list_kept()) {
    if (returned_.insert({kept->instance, kept->host}).second) ++seen_.returns;
    if (kept->until + kReleasedWithin < now) return "instance " + to_string(kept->instance) + " waits for its host for too long";
    const auto known = before.extract(kept->host);
    const bool is_new = known.empty() && !there_before_.contains(kept->host);
    std::set<TaskId>& allowed = there_before_[kept->host];
    if (!known.empty()) allowed = known.mapped();
    for (const Task* task : decided.list_host_tasks(kept->host)) {
      if (is_new || runs_are_facts_) allowed.insert(task->id);
      if (allowed.contains(task->id) || returned_.contains({task->instance(), kept->host})) continue;
      return "task " + task->id.value() + " came to host " + kept->host.value() + ", which is kept for " +
             to_string(kept->instance);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Checks::find_illegal_history(const Task& task) {
  size_t& checked = checked_events_[task.id];
  if (checked == task.events.size()) return std::nullopt;
  seen_.tasks.insert(task.status);
  if (task.events.front().status != TaskStatus::Pending &&
      task.events.front().status != TaskStatus::Throttled)
    return "task " + task.id.value() + " began as " + std::string(enum_name(task.events.front().status));
  for (size_t i = 1; i < task.events.size(); ++i) {
    const TaskStatus from = task.events[i - 1].status;
    const TaskStatus to = task.events[i].status;
    if (!legal_.contains({from, to})) {
      return "task " + task.id.value() + " went from " + std::string(enum_name(from)) + " to " +
             std::string(enum_name(to));
    }
  }
  checked = task.events.size();
  return find_unexplained(task);
}

std::optional<std::string> Checks::find_unsettled(const Cluster& cluster, const LiveRuns& live,
                                                  Instant now) const {
  for (const Task* task : cluster.list_tasks({})) {
    if (auto unsettled = find_unsettled_task(cluster, *task, live, now)) return unsettled;
  }
  for (const auto& [id, host] : live) {
    if (host == kSeveral) continue;
    const auto listed = cluster.list_unknown_tasks(HostId(host));
    const bool is_listed =
        std::any_of(listed.begin(), listed.end(), [&](const UnknownTask* task) { return task->id == id; });
    if (cluster.find_task(id) == nullptr && !is_listed)
      return "unknown task " + id.value() + " runs on " + host;
  }
  for (const JobUpdate* update : cluster.list_active_updates()) {
    // One that waits for room holds the update up. So may one that flaps, if the update pauses again before
    // it comes to it: whoever resumes begins with those that are not running.
    const bool pauses = pauses_after_batch(strategy_of(update->instructions.settings));
    const auto active = cluster.list_active(update->key.job);
    const bool is_waiting = std::any_of(active.begin(), active.end(), [&](const Task* task) {
      return task->status == TaskStatus::Pending || task->status == TaskStatus::Partitioned ||
             (pauses && may_flap(*task)) || is_held_by_policy(*update, *task);
    });
    if (!is_waiting) {
      return "update " + to_string(update->key) + " does not end: it is " +
             std::string(enum_name(status_of(*update)));
    }
  }
  return std::nullopt;
}

}  // namespace aurora::sim

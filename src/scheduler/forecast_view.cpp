#include "scheduler/forecast_view.h"

#include <algorithm>
#include <tuple>

namespace aurora::scheduler {

using namespace core;

namespace {

std::vector<FillChange> pair_up(const std::map<std::string, Fill>& before, const std::map<std::string, Fill>& after) {
  std::map<std::string, FillChange> pairs;
  for (const auto& [name, fill] : before) pairs[name].before = fill;
  for (const auto& [name, fill] : after) pairs[name].after = fill;
  std::vector<FillChange> changes;
  for (auto& [name, change] : pairs) {
    change.name = name;
    changes.push_back(std::move(change));
  }
  return changes;
}

std::string sentence_of(TaskStatus status, const PendingReason* reason) {
  if (status == TaskStatus::Throttled) return "held back after it failed too often";
  if (status == TaskStatus::Partitioned) return "its host was lost, and its partition policy starts no other";
  return reason == nullptr ? "no host was looked for yet" : to_sentence(*reason);
}

// Those that wait for one reason, together; those that waited before, apart.
void describe_waits(const ForecastView& before, const ForecastView& after, Forecast& forecast) {
  std::map<std::tuple<JobKey, TaskStatus, ConfigHash, bool>, std::set<int32_t>> groups;
  for (const auto& [instance, wait] : after.waiting)
    groups[{instance.job, wait.status, wait.config, before.waiting.contains(instance)}].insert(instance.instance_id);
  for (const auto& [key, instances] : groups) {
    const auto& [job, status, config, waited_before] = key;
    const auto found = after.reasons.find(config);
    const PendingReason* reason = status == TaskStatus::Pending && found != after.reasons.end() ? &found->second : nullptr;
    Waiting waiting{.job = job,
                    .instances = to_ranges(instances),
                    .status = std::string(enum_name(status)),
                    .reason = reason == nullptr ? "" : reason->reason,
                    .sentence = sentence_of(status, reason),
                    .hosts = reason == nullptr ? 0 : reason->hosts,
                    .vetoes = {},
                    .waited_before = waited_before};
    if (reason != nullptr) waiting.vetoes = reason->vetoes;
    forecast.pending.push_back(std::move(waiting));
  }
}

void describe_moves(const ForecastView& before, const ForecastView& after, const EndsOfTasks& ends, Forecast& forecast) {
  for (const auto& [instance, place] : before.running) {
    const auto now = after.running.find(instance);
    const bool is_there = now != after.running.end();
    if (is_there && now->second.task == place.task) continue;
    Moved moved{.job = instance.job, .instance_id = instance.instance_id, .from = place.host.value(), .to = {}, .why = {}};
    if (is_there) moved.to = now->second.host.value();
    const auto preempted = ends.preempted().find(place.task);
    moved.why = preempted != ends.preempted().end() ? preempted->second : ends.why(place.task);
    (preempted != ends.preempted().end() ? forecast.preempted : forecast.moved).push_back(std::move(moved));
  }
}

}  // namespace

void EndsOfTasks::note(const Change& change) {
  const auto* moved = std::get_if<TaskMoved>(&change);
  if (moved == nullptr) return;
  const TaskEvent& event = moved->move.event;
  if (event.status == TaskStatus::Preempting) preempted_.emplace(moved->task_id, event.message.text());
  const bool is_way_out = is_terminal(event.status) || event.status == TaskStatus::Preempting || event.status == TaskStatus::Draining ||
                          event.status == TaskStatus::Partitioned || event.status == TaskStatus::Restarting ||
                          event.status == TaskStatus::Killing;
  if (is_way_out) why_.emplace(moved->task_id, event.message.text().empty() ? std::string(enum_name(event.status)) : event.message.text());
}

std::string EndsOfTasks::why(const TaskId& task) const {
  const auto found = why_.find(task);
  return found == why_.end() ? "" : found->second;
}

ForecastView::ForecastView(const Cluster& cluster, const std::string& attribute) {
  add_hosts(cluster, attribute);
  for (const Quota* quota : cluster.list_quotas()) by_role[quota->role].capacity = quota->amount;
  TaskQuery active;
  for (const auto& status : EnumNames<TaskStatus>::values) {
    if (is_active(status.value) && status.value != TaskStatus::Deleted) active.statuses.insert(status.value);
  }
  for (const Task* task : cluster.list_tasks(active)) add_task(cluster, *task);
}

void ForecastView::add_hosts(const Cluster& cluster, const std::string& attribute) {
  for (const Host* host : cluster.list_hosts()) {
    if (!cluster.is_connected(host->id)) continue;
    const auto values = host->attributes.find(attribute);
    const std::string value = values == host->attributes.end() || values->second.empty() ? "" : *values->second.begin();
    ResourceTotals used = host->capacity;
    used -= cluster.available(host->id);
    for (Fill* fill : {&by_attribute[value], &all}) {
      ++fill->hosts;
      fill->tasks += static_cast<int64_t>(cluster.list_host_tasks(host->id).size());
      fill->capacity += host->capacity;
      fill->used += used;
    }
  }
}

void ForecastView::add_task(const Cluster& cluster, const Task& task) {
  const bool waits = task.status == TaskStatus::Pending || task.status == TaskStatus::Throttled || task.status == TaskStatus::Partitioned;
  if (waits) {
    waiting[task.instance()] = {task.status, task.config.hash()};
    if (const PendingReason* reason = cluster.find_pending_reason(task.config.hash())) reasons.emplace(task.config.hash(), *reason);
    return;
  }
  running[task.instance()] = {task.id, task.host};
  Fill& role = by_role[task.job().role];
  ++role.tasks;
  role.used += totals(task.config->resources);
  if (role_hosts_.emplace(task.job().role, task.host).second) ++role.hosts;
}

void compare(const ForecastView& before, const ForecastView& after, const EndsOfTasks& ends, Forecast& forecast) {
  describe_waits(before, after, forecast);
  describe_moves(before, after, ends, forecast);
  forecast.hosts = pair_up(before.by_attribute, after.by_attribute);
  forecast.roles = pair_up(before.by_role, after.by_role);
  forecast.all = {"all", before.all, after.all};
  for (AddedJob& added : forecast.added) {
    for (auto at = after.running.lower_bound({added.job, 0}); at != after.running.end() && at->first.job == added.job; ++at)
      added.placed += added.refusal.empty() ? 1 : 0;
  }
}

void describe_drains(const Cluster& cluster, const std::set<HostId>& hosts, Forecast& forecast) {
  for (const HostId& id : hosts) {
    const Host* host = cluster.find_host(id);
    DrainedHost drained{.host = id.value(), .is_empty = host != nullptr && host->mode == MaintenanceMode::Drained, .tasks = 0, .jobs = {}};
    drained.tasks = static_cast<int64_t>(cluster.list_host_tasks(id).size());
    if (const DrainProgress* progress = cluster.find_drain_progress(id)) {
      for (const JobKey& job : progress->jobs) drained.jobs.push_back(to_string(job));
    }
    forecast.drains.push_back(std::move(drained));
  }
}

}  // namespace aurora::scheduler

#include "sim/promises.h"

#include <algorithm>

namespace aurora::sim {

using namespace core;

namespace {

bool is_closed(MaintenanceMode mode) { return mode == MaintenanceMode::Draining || mode == MaintenanceMode::Drained; }

// Others that have been RUNNING for longer than `duration`.
int64_t count_up(const Cluster& cluster, const Task& task, Duration duration, Instant at) {
  return std::ranges::count_if(cluster.list_active(task.job()), [&](const Task* other) {
    return other->id != task.id && other->status == TaskStatus::Running &&
           at - other->events.back().timestamp > duration;
  });
}

const SlaPolicy* find_policy(const JobUpdate& update, const Task& task) {
  const auto policy_of = [](const InstanceTaskConfig& group) {
    return group.task->sla_policy ? &*group.task->sla_policy : nullptr;
  };
  if (!update.instructions.settings.sla_aware) return nullptr;
  if (status_of(update) == UpdateStatus::RollingForward)
    return update.instructions.desired_state ? policy_of(*update.instructions.desired_state) : nullptr;
  for (const InstanceTaskConfig& group : update.instructions.initial_state) {
    if (to_set(group.instances).contains(task.instance_id)) return policy_of(group);
  }
  return nullptr;
}

}  // namespace

std::optional<std::string> Promises::find_broken(const Cluster& before, const Change& change) {
  if (const auto* moved = std::get_if<TaskMoved>(&change)) {
    const Task* task = before.find_task(moved->task_id);
    return task == nullptr ? std::nullopt : find_broken(before, *task, moved->move);
  }
  const auto* saved = std::get_if<HostSaved>(&change);
  const Host* known = saved == nullptr ? nullptr : before.find_host(saved->host.id);
  const bool is_drained = known != nullptr && known->mode != MaintenanceMode::Drained &&
                          saved->host.mode == MaintenanceMode::Drained;
  if (is_drained && !before.list_host_tasks(saved->host.id).empty())
    return "host " + saved->host.id.value() + " is DRAINED and not empty";
  return std::nullopt;
}

std::optional<std::string> Promises::find_broken(const Cluster& before, const Task& task, const TaskMove& move) {
  const Instant at = move.event.timestamp;
  if (move.assignment && move.event.message != "Its host has it already.") {
    const Host* host = before.find_host(move.assignment->host);
    if (host != nullptr && is_closed(host->mode))
      return "task " + task.id.value() + " is assigned to " + host->id.value() + ", which is being emptied";
  }
  if (move.event.status == TaskStatus::Draining) {
    const Host* host = before.find_host(task.host);
    if (host == nullptr || !host->drain) return "task " + task.id.value() + " is drained without a request";
    const Duration timeout = seconds(host->drain->timeout_secs);
    const Duration age = at - host->drain->created;
    if (timeout.ms == 0 ? age >= kMaintenancePoll : age > timeout) return std::nullopt;
    return check(before, task, task.config->sla_policy ? *task.config->sla_policy : host->drain->policy, at);
  }
  const std::string kPrefix = "Killed for job update ";
  const std::string text = move.event.message.text();
  if (move.event.status != TaskStatus::Killing || !text.starts_with(kPrefix) || !is_assigned(task.status))
    return std::nullopt;
  const JobUpdate* update = before.find_update({task.job(), UpdateId(text.substr(kPrefix.size()))});
  const SlaPolicy* policy = update == nullptr ? nullptr : find_policy(*update, task);
  return policy == nullptr ? std::nullopt : check(before, task, *policy, at);
}

std::optional<std::string> Promises::check(const Cluster& before, const Task& task, const SlaPolicy& policy,
                                           Instant at) {
  const std::string name = "task " + task.id.value();
  if (std::holds_alternative<CoordinatorSlaPolicy>(policy)) {
    if (allowed_.erase(task.id) > 0) return std::nullopt;
    return name + " is ended without its coordinator's word";
  }
  const auto active = static_cast<int64_t>(before.list_active(task.job()).size());
  if (active < kSlaInstancesMin) return std::nullopt;
  const auto broken = [&](int64_t up, const std::string& wanted) -> std::optional<std::string> {
    return name + " takes its job below its promise: " + std::to_string(up) + " of " + std::to_string(active) +
           " instances stay up, and " + wanted + " must";
  };
  if (const auto* count = std::get_if<CountSlaPolicy>(&policy)) {
    const int64_t up = count_up(before, task, seconds(count->duration_secs), at);
    const int64_t wanted = std::min(count->count, active - 1);
    return up >= wanted ? std::nullopt : broken(up, std::to_string(wanted));
  }
  const auto& percentage = std::get<PercentageSlaPolicy>(policy);
  const int64_t up = count_up(before, task, seconds(percentage.duration_secs), at);
  const bool is_met = static_cast<double>(up) * 100 + 1e-6 >= percentage.percentage * static_cast<double>(active);
  // All others are enough in any case.
  return is_met || up >= active - 1 ? std::nullopt : broken(up, std::to_string(percentage.percentage) + " %");
}

std::optional<std::string> Promises::note_question(const std::string& url, Instant now) {
  const auto [entry, is_first] = asked_.try_emplace(url, now);
  const bool is_waited_for = !is_first && now - entry->second < kCoordinatorTimeout;
  entry->second = now;
  if (is_waited_for) return "coordinator " + url + " is asked before it has answered";
  return std::nullopt;
}

void Promises::note_answer(const std::string& url, const TaskId& task, bool allowed) {
  asked_.erase(url);
  if (allowed) allowed_.insert(task);
}

}  // namespace aurora::sim

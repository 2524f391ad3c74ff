#include "sim/checks.h"

#include "aurora/core/task/task_lifecycle.h"

namespace aurora::sim {

using namespace core;

Checks::Checks() {
  for (const auto& from : EnumNames<TaskStatus>::values) {
    for (const auto& to : EnumNames<TaskStatus>::values) {
      if (find_rule(from.value, to.value).legal) legal_.emplace(from.value, to.value);
    }
  }
}

std::optional<std::string> Checks::find_violation(const Cluster& cluster, Workload& workload) {
  if (auto broken = cluster.check_invariants()) return broken;
  for (const Task* task : cluster.list_tasks({})) {
    if (auto illegal = find_illegal_history(*task)) return illegal;
  }
  for (const JobUpdate* update : cluster.list_updates()) seen_.updates.insert(status_of(*update));
  if (auto misplaced = find_misplaced(cluster)) return misplaced;
  return workload.find_forgotten(cluster);
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

std::optional<std::string> Checks::find_illegal_history(const Task& task) {
  size_t& checked = checked_events_[task.id];
  if (checked == task.events.size()) return std::nullopt;
  seen_.tasks.insert(task.status);
  for (size_t i = 1; i < task.events.size(); ++i) {
    const TaskStatus from = task.events[i - 1].status;
    const TaskStatus to = task.events[i].status;
    if (!legal_.contains({from, to})) {
      return "task " + task.id.value() + " went from " + std::string(enum_name(from)) + " to " +
             std::string(enum_name(to));
    }
  }
  checked = task.events.size();
  return std::nullopt;
}

std::optional<std::string> Checks::find_unsettled(const Cluster& cluster, const LiveRuns& live) const {
  for (const Task* task : cluster.list_tasks({})) {
    const std::string name = "task " + task->id.value();
    const std::string status(enum_name(task->status));
    if (is_transient(task->status) || task->status == TaskStatus::Partitioned)
      return name + " stays " + status;
    const auto run = live.find(task->id);
    if (task->status == TaskStatus::Running && run == live.end())
      return name + " is RUNNING and runs nowhere";
    if (is_terminal(task->status) && run != live.end())
      return name + " is " + status + " and runs on " + run->second;
  }
  for (const auto& [id, host] : live) {
    if (cluster.find_task(id) == nullptr) return "unknown task " + id.value() + " runs on " + host;
  }
  for (const JobUpdate* update : cluster.list_active_updates()) {
    bool is_waiting = false;  // for room or for its penalty: then the update rightly waits too
    for (const Task* task : cluster.list_active(update->key.job)) {
      is_waiting |= task->status == TaskStatus::Pending || task->status == TaskStatus::Throttled;
    }
    if (!is_waiting) {
      return "update " + to_string(update->key) + " does not end: it is " +
             std::string(enum_name(status_of(*update)));
    }
  }
  return std::nullopt;
}

}  // namespace aurora::sim

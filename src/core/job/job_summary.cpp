#include "aurora/core/job/job_summary.h"

#include <algorithm>
#include <map>

#include "aurora/core/task/task_figures.h"

namespace aurora::core {
namespace {

// A failure older than this says nothing about how the job is doing now, while something of it is running.
constexpr Duration kRecent = minutes(10);

void count(JobStats& stats, TaskStatus status) {
  switch (status) {
    case TaskStatus::Init:
    case TaskStatus::Pending:
    case TaskStatus::Throttled:
      ++stats.pending;
      return;
    case TaskStatus::Assigned:
    case TaskStatus::Starting:
    case TaskStatus::Running:
    case TaskStatus::Restarting:
    case TaskStatus::Preempting:
    case TaskStatus::Draining:
    case TaskStatus::Killing:
    case TaskStatus::Partitioned:
      ++stats.active;
      return;
    case TaskStatus::Finished:
    case TaskStatus::Killed:
      ++stats.finished;
      return;
    case TaskStatus::Failed:
    case TaskStatus::Lost:
      ++stats.failed;
      return;
    case TaskStatus::Deleted:
      return;
  }
}

// Active before terminal, then by the time of the last event (§1.2).
bool is_later(const Task& a, const Task& b) {
  if (is_active(a.status) != is_active(b.status)) return is_active(a.status);
  return last_event_at(a) > last_event_at(b);
}

bool is_unstable(const std::vector<const Task*>& tasks, Instant now) {
  const Task* last_ended = nullptr;
  bool has_active = false;
  for (const Task* task : tasks) {
    if (task->status == TaskStatus::Throttled) return true;
    has_active = has_active || is_active(task->status);
    if (is_terminal(task->status) && (!last_ended || last_event_at(*task) > last_event_at(*last_ended)))
      last_ended = task;
  }
  if (!last_ended || (last_ended->status != TaskStatus::Failed && last_ended->status != TaskStatus::Lost))
    return false;
  return !has_active || now - last_event_at(*last_ended) < kRecent;
}

}  // namespace

std::optional<JobSummary> find_job_summary(const Cluster& cluster, const JobKey& job, Instant now) {
  const std::vector<const Task*> tasks = cluster.list_job_tasks(job);
  if (tasks.empty()) return std::nullopt;
  const Task& latest = **std::min_element(tasks.begin(), tasks.end(),
                                          [](const Task* a, const Task* b) { return is_later(*a, *b); });
  JobSummary summary;
  summary.key = job;
  summary.job_type = latest.config->is_service ? "service" : "adhoc";
  summary.production = latest.config->production;
  summary.tier = latest.config->tier;
  summary.priority = latest.config->priority;
  summary.contact_email = latest.config->contact_email;
  std::set<int32_t> remembered;
  for (const Task* task : tasks) {
    count(summary.stats, task->status);
    remembered.insert(task->instance_id);
  }
  const int32_t active = summary.stats.pending + summary.stats.active;
  summary.instance_count = active > 0 ? active : static_cast<int32_t>(remembered.size());
  summary.is_unstable = is_unstable(tasks, now);
  if (const JobUpdate* update = cluster.find_active_update(job)) summary.update_key = update->key;
  return summary;
}

std::vector<ConfigGroup> list_config_groups(const Cluster& cluster, const JobKey& job) {
  std::vector<ConfigGroup> groups;
  std::vector<std::set<int32_t>> instances;
  std::map<ConfigHash, size_t> positions;
  for (const Task* task : cluster.list_active(job)) {
    const auto [position, is_new] = positions.try_emplace(task->config.hash(), groups.size());
    if (is_new) {
      groups.push_back({task->config, {}});
      instances.emplace_back();
    }
    instances[position->second].insert(task->instance_id);
  }
  for (size_t i = 0; i < groups.size(); ++i) groups[i].instances = to_ranges(instances[i]);
  return groups;
}

}  // namespace aurora::core

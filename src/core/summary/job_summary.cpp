#include "aurora/core/summary/job_summary.h"

#include <algorithm>
#include <map>

#include "aurora/core/summary/cron_summary.h"
#include "aurora/core/summary/task_figures.h"

namespace aurora::core {
namespace {

// A failure older than this says nothing about how the job is doing now, while something of it is running.
constexpr Duration kRecent = minutes(10);

bool is_waiting(TaskStatus status) { return is_active(status) && !is_assigned(status); }
bool is_done(TaskStatus status) { return status == TaskStatus::Finished || status == TaskStatus::Killed; }
bool is_lost(TaskStatus status) { return status == TaskStatus::Failed || status == TaskStatus::Lost; }

bool is_unstable(const StatusCounts& counts, const Task* last_ended, Instant now) {
  if (counts.of(TaskStatus::Throttled) > 0) return true;
  if (!last_ended || !is_lost(last_ended->status)) return false;
  return counts.sum([](TaskStatus status) { return is_active(status); }) == 0 ||
         now - last_event_at(*last_ended) < kRecent;
}

int32_t remembered_instances(const Cluster& cluster, const JobKey& job) {
  std::set<int32_t> instances;
  for (const Task* task : cluster.list_job_tasks(job)) instances.insert(task->instance_id);
  return static_cast<int32_t>(instances.size());
}

void add_cron(const JobConfiguration& job, const CronSettings& cron, Instant now, JobSummary& summary) {
  summary.cron_schedule = job.cron_schedule;
  summary.cron_collision_policy = job.cron_collision_policy;
  summary.instance_count = job.instance_count;
  summary.next_cron_run = next_cron_run(job, cron, now);
}

}  // namespace

JobStats job_stats(const StatusCounts& counts) {
  const auto sum = [&](bool (*predicate)(TaskStatus)) { return static_cast<int32_t>(counts.sum(predicate)); };
  return {sum(is_waiting), sum(is_assigned), sum(is_done), sum(is_lost)};
}

JobStats job_stats(const Cluster& cluster, const JobKey& job) { return job_stats(cluster.count_tasks(job)); }

std::string job_type(const TaskConfig& config) { return config.is_service ? "service" : "adhoc"; }

const TaskConfig* find_job_config(const Cluster& cluster, const JobKey& job) {
  const CronJob* cron = cluster.find_cron_job(job);
  return cron == nullptr ? cluster.find_config(job) : &cron->job.task_config;
}

std::string job_type(const Cluster& cluster, const JobKey& job) {
  return cluster.find_cron_job(job) != nullptr ? "cron" : job_type(*find_job_config(cluster, job));
}

std::optional<JobSummary> find_job_summary(const Cluster& cluster, const JobKey& job, Instant now,
                                           const CronSettings& cron) {
  const TaskConfig* config = find_job_config(cluster, job);
  if (config == nullptr) return std::nullopt;
  const StatusCounts& counts = cluster.count_tasks(job);
  JobSummary summary;
  summary.key = job;
  summary.job_type = job_type(cluster, job);
  summary.production = config->production;
  summary.tier = config->tier;
  summary.priority = config->priority;
  summary.contact_email = config->contact_email;
  summary.stats = job_stats(counts);
  const int32_t active = summary.stats.pending + summary.stats.active;
  summary.instance_count = active > 0 ? active : remembered_instances(cluster, job);
  summary.is_unstable = is_unstable(cluster, job, now);
  if (const JobUpdate* update = cluster.find_active_update(job)) summary.update_key = update->key;
  if (const CronJob* scheduled = cluster.find_cron_job(job)) add_cron(scheduled->job, cron, now, summary);
  return summary;
}

bool is_unstable(const Cluster& cluster, const JobKey& job, Instant now) {
  return is_unstable(cluster.count_tasks(job), cluster.find_last_ended(job), now);
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

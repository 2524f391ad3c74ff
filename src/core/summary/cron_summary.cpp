#include "aurora/core/summary/cron_summary.h"

namespace aurora::core {
namespace {

void add_plan(const CronPlan& plan, size_t next_runs_max, Instant now, CronSummary& summary) {
  summary.canonical_schedule = to_canonical(plan.schedule);
  for (auto due = next_due(plan.schedule, *plan.zone, now); due && summary.next_runs.size() < next_runs_max;
       due = next_due(plan.schedule, *plan.zone, *due)) {
    summary.next_runs.push_back(*due);
  }
}

std::string describe(const Error& error) {
  std::string text = error.message;
  for (const std::string& detail : error.details) text += ": " + detail;
  return text;
}

}  // namespace

CronSummary summary_of(const Cluster& cluster, const CronJob& job, size_t next_runs_max, const CronSettings& settings,
                       Instant now) {
  CronSummary summary;
  summary.key = job.job.key;
  summary.schedule = *job.job.cron_schedule;
  summary.collision_policy = job.job.cron_collision_policy;
  summary.time_zone = time_zone_of(job.job, settings);
  summary.instance_count = job.job.instance_count;
  const auto active = [](TaskStatus status) { return is_active(status); };
  summary.active_tasks = static_cast<int32_t>(cluster.count_tasks(job.job.key).sum(active));
  summary.user = job.user;
  summary.scheduled_at = job.scheduled_at;
  if (const auto plan = read_cron_plan(job.job, settings); plan.ok()) {
    add_plan(*plan, next_runs_max, now, summary);
  } else {
    summary.problem = describe(plan.error());
  }
  if (const CronProgress* progress = cluster.find_cron_progress(job.job.key)) {
    if (progress->wait) summary.waits_since = progress->wait->due;
    if (!progress->runs.empty()) summary.last_run = progress->runs.back();
  }
  return summary;
}

std::optional<Instant> next_cron_run(const JobConfiguration& job, const CronSettings& settings, Instant now) {
  const auto plan = read_cron_plan(job, settings);
  return plan.ok() ? next_due(plan->schedule, *plan->zone, now) : std::nullopt;
}

}  // namespace aurora::core

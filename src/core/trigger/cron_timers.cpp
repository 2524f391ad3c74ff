#include "core/trigger/cron_timers.h"

#include <algorithm>

#include "core/trigger/cron_run.h"

namespace aurora::core {
namespace {

// Nothing: there is no further moment, or the schedule cannot be read, and no run waits.
std::optional<Instant> next_look(const CronJob& job, const CronProgress* progress, const Context& context) {
  std::optional<Instant> next;
  if (const auto plan = read_cron_plan(job.job, context.settings.cron); plan.ok())
    next = next_due(plan->schedule, *plan->zone, followed_to(job, progress, context.now));
  if (progress != nullptr && progress->wait) next = std::min(next.value_or(progress->wait->next_look), progress->wait->next_look);
  return next;
}

TimerChanges timers_of(const Cluster& cluster, const JobKey& key, const Context& context) {
  TimerChanges changes{.over = {cron_subject_of(key)}};
  const CronJob* job = cluster.find_cron_job(key);
  if (job == nullptr) return changes;
  if (const auto due = next_look(*job, cluster.find_cron_progress(key), context))
    changes.set.push_back({*due, FollowCron{key}});
  return changes;
}

}  // namespace

std::optional<TimerChanges> cron_timers_for(const Cluster& cluster, const Change& applied, const Context& context) {
  if (const auto* saved = std::get_if<CronJobSaved>(&applied)) return timers_of(cluster, saved->job->job.key, context);
  if (const auto* progressed = std::get_if<CronProgressed>(&applied)) return timers_of(cluster, progressed->job, context);
  if (const auto* deleted = std::get_if<CronJobDeleted>(&applied)) return timers_of(cluster, deleted->job, context);
  return std::nullopt;
}

std::vector<Timer> cron_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const CronJob* job : cluster.list_cron_jobs()) {
    const JobKey& key = job->job.key;
    const auto due = next_look(*job, cluster.find_cron_progress(key), context);
    // One that cannot be followed any more is looked at once, to say so.
    const bool is_broken = !due && !read_cron_plan(job->job, context.settings.cron).ok();
    if (!due && !is_broken) continue;
    timers.push_back({std::max(due.value_or(context.now), context.now), FollowCron{key}});
  }
  return timers;
}

}  // namespace aurora::core

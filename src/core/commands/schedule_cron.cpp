// New cron jobs, and other templates for those that are there (spec/scheduler.md §10.2, spec/api.md §4).
#include <algorithm>

#include "aurora/core/commands/command.h"
#include "aurora/core/quota/consumption.h"
#include "core/commands/job_guard.h"
#include "core/trigger/cron_run.h"

namespace aurora::core {
namespace {

enum class Replaces { Perhaps, Only };

// A moment of the schedule so far that has come in this very round is not lost.
void finish_old(const CronJob& old, CronLook& look, const Context& context) {
  if (const auto plan = read_cron_plan(old.job, context.settings.cron); plan.ok()) look.follow(*plan);
}

std::string describe_next(const CronPlan& plan, Instant now) {
  const auto next = next_due(plan.schedule, *plan.zone, now);
  return next ? "its next run is due at " + to_iso8601(*next) : "no run is due within nine years";
}

Result<Decided> schedule(const Cluster& cluster, const JobConfiguration& wanted, const std::string& user,
                         Replaces replaces, const Context& context) {
  const JobLimits& limits = context.settings.limits;
  JobConfiguration job = TRY(validate(wanted, limits));
  const std::string name = to_string(job.key);
  if (!job.cron_schedule) return Error{ErrorCode::InvalidArgument, "Job " + name + " has no cron schedule"};
  TRY(check_not_updating(cluster, job.key));
  TRY(check_instance_count(job.instance_count, limits));
  TRY(check_cron_quota(cluster, job));
  const CronJob* known = cluster.find_cron_job(job.key);
  if (known == nullptr && !cluster.list_active(job.key).empty())
    return Error{ErrorCode::AlreadyExists, "Job " + name + " already exists"};
  const CronPlan plan = TRY(read_cron_plan(job, context.settings.cron));
  if (job.cron_collision_policy == CronCollisionPolicy::RunOverlap) {
    return Error{ErrorCode::InvalidArgument, "The RUN_OVERLAP collision policy has been removed (AURORA-38)."};
  }
  if (known == nullptr && replaces == Replaces::Only)
    return Error{ErrorCode::NotFound, "No cron job found for " + name + "."};

  Decided decision;
  CronJob saved{std::move(job), user, context.now};
  CronLook look(cluster, known == nullptr ? saved : *known, context, decision);
  if (known != nullptr) finish_old(*known, look, context);
  CronProgress progress = look.progress();
  // A clock that was set back: what the old template ran is not run again.
  progress.followed_to = std::max(progress.followed_to, context.now);
  decision.answer = Message{"Job " + name + " is scheduled with cron; " + describe_next(plan, context.now),
                            saved.job.instance_count};
  const JobKey key = saved.job.key;
  decision.changes.push_back(CronJobSaved{std::move(saved)});
  decision.changes.push_back(CronProgressed{key, std::move(progress)});
  return decision;
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const ScheduleCronJob& command, const Context& context) {
  return schedule(cluster, command.job, command.user, Replaces::Perhaps, context);
}

Result<Decided> decide(const Cluster& cluster, const ReplaceCronTemplate& command, const Context& context) {
  return schedule(cluster, command.job, command.user, Replaces::Only, context);
}

}  // namespace aurora::core

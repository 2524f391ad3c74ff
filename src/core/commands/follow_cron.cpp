#include "aurora/core/commands/command.h"
#include "core/trigger/cron_run.h"

namespace aurora::core {

// Moments first: a run that waits and one that is due at the same time are two looks, and the second sees what the first
// has led to.
Result<Decided> decide(const Cluster& cluster, const FollowCron& command, const Context& context) {
  Decided decision;
  const CronJob* job = cluster.find_cron_job(command.job);
  if (job == nullptr) return decision;
  CronLook look(cluster, *job, context, decision);
  const bool waits = look.progress().wait && look.progress().wait->next_look <= context.now;
  const auto plan = read_cron_plan(job->job, context.settings.cron);
  if (plan.ok() && look.follow(*plan)) {
    look.keep();
  } else if (waits) {
    look.look_at_wait();
    look.keep();
  } else if (!plan.ok()) {  // after a start: what is scheduled now can be followed
    ++decision.counts["cron_job_launch_failures"];
    if (look.note_failure(plan.error())) look.keep();
  }
  return decision;
}

}  // namespace aurora::core

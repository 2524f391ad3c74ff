#include "aurora/core/commands/command.h"
#include "core/placement/quarantine.h"
#include "core/trigger/cron_run.h"

namespace aurora::core {
namespace {

Message describe(const CronJob& job, const CronRun& run) {
  const std::string name = to_string(job.job.key);
  switch (run.outcome) {
    case CronOutcome::Started:
      return {std::to_string(job.job.instance_count) + " new tasks pending for job " + name, job.job.instance_count};
    case CronOutcome::Waiting:
      return {"Job " + name + " begins a new run soon: " + run.message, 0};
    case CronOutcome::Cancelled:
    case CronOutcome::Ignored:
    case CronOutcome::Missed:
    case CronOutcome::Failed:
      return {"Job " + name + " begins no new run: " + run.message, 0};
  }
  return {};
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const StartCronJob& command, const Context& context) {
  const CronJob* job = cluster.find_cron_job(command.job);
  if (job == nullptr) {
    return Error{ErrorCode::NotFound,
                 "Failed to start cron job - No cron job found for " + to_string(command.job) + "."};
  }
  Decided decision;
  release_holds(cluster, {TaskConfigRef(job->job.task_config).hash()}, decision);
  CronLook look(cluster, *job, context, decision);
  look.run(context.now, command.user);
  look.keep();
  decision.answer = describe(*job, look.progress().runs.back());
  return decision;
}

}  // namespace aurora::core

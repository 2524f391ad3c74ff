#include "aurora/core/commands/command.h"
#include "aurora/core/commands/planned_state.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "aurora/core/quota/consumption.h"
#include "core/commands/job_guard.h"
#include "core/placement/quarantine.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const CreateJob& command, const Context& context) {
  const JobLimits& limits = context.settings.limits;
  JobConfiguration job = TRY(validate(command.job, limits));
  if (job.cron_schedule) {
    return Error{ErrorCode::InvalidArgument,
                 "Cron jobs may only be created/updated by calling scheduleCronJob."};
  }
  TRY(check_not_updating(cluster, job.key));
  if (!cluster.list_active(job.key).empty() || cluster.find_cron_job(job.key) != nullptr) {
    return Error{ErrorCode::AlreadyExists, "Job " + to_string(job.key) + " already exists"};
  }
  TRY(check_instance_count(job.instance_count, limits));
  const TaskConfigRef config(std::move(job.task_config));
  TRY(check_unchanged(cluster, {config, job.instance_count}, command.unchanged_since, context));
  TRY(check_quota(cluster, *config, job.instance_count));

  Decided decision;
  const std::set<int32_t> instances = to_set({{0, job.instance_count - 1}});
  release_holds(cluster, {config.hash()}, decision);
  insert_tasks(config, instances, as_fact("the job was created by " + command.user), context, decision);
  decision.answer =
      Message{std::to_string(job.instance_count) + " new tasks pending for job " + to_string(job.key),
              job.instance_count};
  return decision;
}

}  // namespace aurora::core

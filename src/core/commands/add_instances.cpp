#include <limits>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "aurora/core/quota/consumption.h"
#include "core/commands/job_guard.h"

namespace aurora::core {

// New instances follow the highest active one; gaps below it stay.
Result<Decided> decide(const Cluster& cluster, const AddInstances& command, const Context& context) {
  if (command.count <= 0) return Error{ErrorCode::InvalidArgument, "Instance count must be positive."};
  const JobKey& job = command.like.job;
  TRY(check_not_updating(cluster, job));
  if (cluster.find_cron_job(job) != nullptr)
    return Error{ErrorCode::InvalidArgument, "Instances may not be added to cron jobs."};
  const Task* like = cluster.find_active(command.like);
  if (like == nullptr) {
    return Error{ErrorCode::InvalidArgument, "No active task found for a given instance ID."};
  }
  const std::vector<const Task*> active = cluster.list_active(job);
  TRY(check_instance_count(static_cast<int64_t>(active.size()) + command.count, context.settings.limits));
  const int64_t last = int64_t{active.back()->instance_id} + command.count;
  if (last > std::numeric_limits<int32_t>::max()) {
    return Error{ErrorCode::InvalidArgument,
                 "Instance " + std::to_string(last) + " of job " + to_string(job) +
                     " would be above 2147483647; kill the highest instance first."};
  }
  TRY(check_quota(cluster, *like->config, command.count));

  Decided decision;
  const int32_t first = active.back()->instance_id + 1;
  const std::string facts = std::to_string(command.count) + " more like instance " +
                            std::to_string(command.like.instance_id) + " were asked for by " + command.user;
  insert_tasks(like->config, to_set({{first, static_cast<int32_t>(last)}}), as_fact(facts), context, decision);
  decision.answer =
      Message{std::to_string(command.count) + " new tasks pending for job " + to_string(job), command.count};
  return decision;
}

}  // namespace aurora::core

#include "core/commands/job_guard.h"

namespace aurora::core {

Status check_not_updating(const Cluster& cluster, const JobKey& job) {
  const JobUpdate* update = cluster.find_active_update(job);
  if (update == nullptr) return Unit{};
  return Error{ErrorCode::FailedPrecondition, "Job is currently updating", {update->key.id.value()}};
}

Status check_message(std::string_view of_what, const std::string& message) {
  constexpr size_t kLengthMax = 1024;
  if (message.size() <= kLengthMax) return Unit{};
  return Error{ErrorCode::InvalidArgument, "The message of the " + std::string(of_what) + " is " +
                                               std::to_string(message.size()) + " characters long; at most " +
                                               std::to_string(kLengthMax) + " are kept."};
}

Status check_listed(const std::set<int32_t>& instances, const JobLimits& limits) {
  if (instances.size() <= static_cast<size_t>(limits.tasks_per_job_max)) return Unit{};
  return Error{ErrorCode::InvalidArgument, "The request names " + std::to_string(instances.size()) +
                                               " instances; a job has at most " +
                                               std::to_string(limits.tasks_per_job_max) + "."};
}

}  // namespace aurora::core

#include "core/commands/job_guard.h"

namespace aurora::core {

Status check_not_updating(const Cluster& cluster, const JobKey& job) {
  if (cluster.find_active_update(job) == nullptr) return Unit{};
  return Error{ErrorCode::FailedPrecondition, "Job is currently updating"};
}

}  // namespace aurora::core

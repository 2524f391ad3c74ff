#include "core/update/update_request.h"

#include <algorithm>
#include <utility>

#include "core/update/batch_strategy.h"

namespace aurora::core {
namespace {

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Status check_strategy(const UpdateStrategy& strategy) {
  int64_t sum = 0;
  if (const auto* queue = std::get_if<QueueStrategy>(&strategy)) sum = queue->group_size;
  if (const auto* batch = std::get_if<BatchStrategy>(&strategy)) sum = batch->group_size;
  if (const auto* variable = std::get_if<VariableBatchStrategy>(&strategy)) {
    for (int32_t size : variable->group_sizes) {
      if (size <= 0) return invalid("All update group sizes must be positive.");
      sum += size;
    }
  }
  if (sum <= 0) return invalid("Update results in no instance being modified.");
  return Unit{};
}

Status check_failure_limits(const JobUpdateRequest& request, const JobLimits& limits) {
  const UpdateSettings& settings = request.settings;
  if (settings.max_per_instance_failures < 0) return invalid("maxPerInstanceFailures must be non-negative.");
  if (settings.max_failed_instances < 0) return invalid("maxFailedInstances must be non-negative.");
  if (int64_t{settings.max_per_instance_failures} * request.instance_count >
      limits.update_instance_failures_max) {
    return invalid(
        "Your update allows too many failures to occur, consider decreasing the per-instance failures or "
        "maxFailedInstances.");
  }
  return Unit{};
}

Status check_waits(const UpdateSettings& settings) {
  if (settings.min_wait_in_instance_running_ms < 0)
    return invalid("minWaitInInstanceRunningMs must be non-negative.");
  if (settings.block_if_no_pulses_after_ms < 0) return invalid("blockIfNoPulsesAfterMs must be positive.");
  return Unit{};
}

// What an SLA-aware update promises needs the SLA policies of spec/scheduler.md §12, which are not there yet.
Status check_sla(const JobUpdateRequest& request) {
  if (!request.settings.sla_aware) return Unit{};
  if (!request.task_config.sla_policy)
    return invalid("slaAware is true, but no task slaPolicy is specified.");
  return invalid("slaAware is true, but this scheduler does not support SLA-aware updates; set it to false.");
}

}  // namespace

Result<JobUpdateRequest> validate(JobUpdateRequest request, const JobLimits& limits) {
  if (!request.task_config.is_service) return invalid("Updates are not supported for non-service tasks.");
  request.settings.update_strategy = strategy_of(request.settings);
  TRY(check_strategy(*request.settings.update_strategy));
  TRY(check_failure_limits(request, limits));
  TRY(check_waits(request.settings));
  TRY(check_sla(request));
  request.task_config = TRY(validate(std::move(request.task_config), request.instance_count, limits));
  return request;
}

MoveNote make_note(const std::string& user, const std::string& message) {
  MoveNote note;
  if (!user.empty()) note.user = user;
  if (!message.empty()) note.message = message;
  return note;
}

}  // namespace aurora::core

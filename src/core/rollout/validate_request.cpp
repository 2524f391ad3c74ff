#include "core/rollout/validate_request.h"

#include <algorithm>
#include <utility>

#include "core/update/batch_strategy.h"

namespace aurora::core {
namespace {

constexpr int64_t kWaitMaxMs = int64_t{365} * 86'400'000;  // sums with moments stay far from overflow
constexpr size_t kMetadataMax = 1000;
constexpr size_t kMetadataBytesMax = 65'536;  // all of it: it is in every answer that shows the update

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Status check_strategy(const UpdateStrategy& strategy, const JobLimits& limits) {
  int64_t sum = 0;
  if (const auto* queue = std::get_if<QueueStrategy>(&strategy)) sum = queue->group_size;
  if (const auto* batch = std::get_if<BatchStrategy>(&strategy)) sum = batch->group_size;
  if (const auto* variable = std::get_if<VariableBatchStrategy>(&strategy)) {
    if (variable->group_sizes.size() > static_cast<size_t>(limits.tasks_per_job_max)) {
      return invalid("The update has " + std::to_string(variable->group_sizes.size()) +
                     " groups; a job has at most " + std::to_string(limits.tasks_per_job_max) + " instances.");
    }
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
  for (const auto& [name, wait_ms] : {std::pair("minWaitInInstanceRunningMs", settings.min_wait_in_instance_running_ms),
                                      std::pair("blockIfNoPulsesAfterMs", settings.block_if_no_pulses_after_ms)}) {
    if (wait_ms <= kWaitMaxMs) continue;
    return invalid(std::string(name) + " is " + std::to_string(wait_ms) + "; at most " + std::to_string(kWaitMaxMs) +
                   " (a year) can be waited.");
  }
  return Unit{};
}

Status check_metadata(const std::vector<Metadata>& metadata) {
  size_t bytes = 0;
  for (const Metadata& entry : metadata) bytes += entry.key.size() + entry.value.size();
  if (metadata.size() <= kMetadataMax && bytes <= kMetadataBytesMax) return Unit{};
  return invalid("The metadata of the update has " + std::to_string(metadata.size()) + " entries and " +
                 std::to_string(bytes) + " bytes; at most " + std::to_string(kMetadataMax) + " and " +
                 std::to_string(kMetadataBytesMax) + " are kept.");
}

// What an SLA-aware update promises needs the SLA policies of spec/scheduler.md §12, which are not there yet.
Status check_sla(const JobUpdateRequest& request) {
  if (!request.settings.sla_aware || request.task_config.sla_policy) return Unit{};
  return invalid("slaAware is true, but no task slaPolicy is specified.");
}

}  // namespace

Result<JobUpdateRequest> validate(JobUpdateRequest request, const JobLimits& limits) {
  if (!request.task_config.is_service) return invalid("Updates are not supported for non-service tasks.");
  request.settings.update_strategy = strategy_of(request.settings);
  TRY(check_strategy(*request.settings.update_strategy, limits));
  TRY(check_failure_limits(request, limits));
  TRY(check_waits(request.settings));
  TRY(check_metadata(request.metadata));
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

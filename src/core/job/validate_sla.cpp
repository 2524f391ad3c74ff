#include <cstdio>

#include "core/job/validate_task.h"

namespace aurora::core {
namespace {

std::string fixed(double number) {
  char text[400];
  std::snprintf(text, sizeof text, "%f", number);
  return text;
}

Status check_duration(const char* policy, int64_t duration_secs, const JobLimits& limits) {
  if (duration_secs <= limits.sla_duration_secs_max) return Unit{};
  return invalid(std::string(policy) + ": durationSecs=" + std::to_string(duration_secs) +
                 " must be less than cluster-wide maximum of " +
                 std::to_string(limits.sla_duration_secs_max) + " secs.");
}

Status check_instances(int32_t instance_count, const JobLimits& limits) {
  if (instance_count >= limits.sla_instances_min) return Unit{};
  return invalid("Job with fewer than " + std::to_string(limits.sla_instances_min) +
                 " instances cannot have Percentage/Count SlaPolicy.");
}

Status check(const CountSlaPolicy& policy, int32_t instance_count, const JobLimits& limits) {
  TRY(check_instances(instance_count, limits));
  if (policy.count >= instance_count) {
    return invalid("Current CountSlaPolicy: count=" + std::to_string(policy.count) +
                   " will not allow any instances to be killed. Must be less than instanceCount=" +
                   std::to_string(instance_count) + ".");
  }
  return check_duration("CountSlaPolicy", policy.duration_secs, limits);
}

Status check(const PercentageSlaPolicy& policy, int32_t instance_count, const JobLimits& limits) {
  TRY(check_instances(instance_count, limits));
  const double count = instance_count;
  if (count - count * policy.percentage / 100 < 1) {
    return invalid("Current PercentageSlaPolicy: percentage=" + fixed(policy.percentage) +
                   " will not allow any instances to be killed. Must be less than " +
                   fixed((count - 1) / count * 100) + ".");
  }
  return check_duration("PercentageSlaPolicy", policy.duration_secs, limits);
}

Status check(const CoordinatorSlaPolicy&, int32_t, const JobLimits&) { return Unit{}; }

}  // namespace

Status check_sla_policy(const TaskConfig& config, int32_t instance_count, const JobLimits& limits) {
  if (!config.sla_policy) return Unit{};
  if (!config.production && !limits.sla_aware_kill_non_prod) {
    return invalid("Tier '" + config.tier + "' does not support SlaPolicy.");
  }
  return std::visit([&](const auto& policy) { return check(policy, instance_count, limits); },
                    *config.sla_policy);
}

}  // namespace aurora::core

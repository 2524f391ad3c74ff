#include "aurora/core/quota/consumption.h"

#include <cmath>
#include <cstdio>

namespace aurora::core {
namespace {

int64_t count(const std::vector<InstanceRange>& ranges) {
  int64_t instances = 0;
  for (const InstanceRange& range : ranges) instances += int64_t{range.last} - range.first + 1;
  return instances;
}

bool contains(const InstanceTaskConfig& group, int32_t instance) {
  for (const InstanceRange& range : group.instances) {
    if (range.first <= instance && instance <= range.last) return true;
  }
  return false;
}

bool touches(const UpdateInstructions& update, int32_t instance) {
  if (update.desired_state && contains(*update.desired_state, instance)) return true;
  for (const InstanceTaskConfig& group : update.initial_state) {
    if (contains(group, instance)) return true;
  }
  return false;
}

void add(UseByClass& sum, const InstanceTaskConfig& group) {
  sum[quota_class_of(*group.task)] += use_of(*group.task, count(group.instances));
}

// In place of the active tasks of the instances that it touches.
void add_update(const Cluster& cluster, const JobKey& job, const UpdateInstructions& update, UseByClass& sum) {
  for (const Task* task : cluster.list_active(job)) {
    if (touches(update, task->instance_id)) sum[quota_class_of(*task->config)] -= use_of(*task->config);
  }
  UseByClass initial;
  UseByClass desired;
  for (const InstanceTaskConfig& group : update.initial_state) add(initial, group);
  if (update.desired_state) add(desired, *update.desired_state);
  initial.raise_to(desired);
  sum += initial;
}

QuotaUse use_of_run(const JobConfiguration& job) { return use_of(job.task_config, job.instance_count); }

UseByClass use_of_role(const Cluster& cluster, const std::string& role) {
  UseByClass sum = cluster.active_use(role);
  sum += cluster.cron_use(role);
  for (const JobUpdate* update : cluster.list_active_updates(role))
    add_update(cluster, update->key.job, update->instructions, sum);
  return sum;
}

std::string with_two_digits(double amount) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", amount);
  return text;
}

struct Amount {
  const char* name;
  const char* unit;
  double value;
};
std::array<Amount, 3> amounts_of(const QuotaUse& use) {
  return {Amount{"CPU", "core(s)", static_cast<double>(use.micro_cpus) / 1e6},
          Amount{"RAM", "MB", static_cast<double>(use.ram_mb)}, Amount{"disk", "MB", static_cast<double>(use.disk_mb)}};
}

std::string describe(const QuotaUse& use) {
  std::string text;
  for (const Amount& amount : amounts_of(use)) {
    if (!text.empty()) text += ", ";
    text += with_two_digits(amount.value) + " " + amount.unit + " " + amount.name;
  }
  return text;
}

Status check_use(const Cluster& cluster, const std::string& role, const QuotaUse& wanted) {
  const QuotaUse quota = use_of(cluster.quota_of(role));
  QuotaUse excess = wanted;
  excess -= quota;
  std::string exceeded;
  for (const Amount& amount : amounts_of(excess)) {
    if (amount.value <= 0) continue;
    if (!exceeded.empty()) exceeded += "; ";
    exceeded += std::string(amount.name) + " quota exceeded by " + with_two_digits(amount.value) + " " + amount.unit;
  }
  if (exceeded.empty()) return Unit{};
  const QuotaUse used = use_of_role(cluster, role)[QuotaClass::ProdShared];
  return Error{ErrorCode::ResourceExhausted,
               "Insufficient resource quota: " + exceeded,
               {"quota of " + role + ": " + describe(quota), "in use by its production tasks: " + describe(used),
                "with this request: " + describe(wanted),
                "an operator can raise it: aurora admin set_quota CLUSTER " + role + " CPU RAM DISK"}};
}

}  // namespace

RoleConsumption consumption_of(const Cluster& cluster, const std::string& role) {
  const UseByClass use = use_of_role(cluster, role);
  return {totals(use[QuotaClass::ProdShared]), totals(use[QuotaClass::NonProdShared]),
          totals(use[QuotaClass::ProdDedicated]), totals(use[QuotaClass::NonProdDedicated])};
}

Status check_quota(const Cluster& cluster, const TaskConfig& config, int64_t more_instances) {
  if (quota_class_of(config) != QuotaClass::ProdShared) return Unit{};
  const std::string& role = config.job.role;
  QuotaUse wanted = use_of_role(cluster, role)[QuotaClass::ProdShared];
  wanted += use_of(config, more_instances);
  return check_use(cluster, role, wanted);
}

Status check_quota(const Cluster& cluster, const JobKey& job, const UpdateInstructions& update) {
  const bool is_asked =
      update.desired_state && quota_class_of(*update.desired_state->task) == QuotaClass::ProdShared;
  if (!is_asked) return Unit{};
  UseByClass use = use_of_role(cluster, job.role);
  add_update(cluster, job, update, use);
  return check_use(cluster, job.role, use[QuotaClass::ProdShared]);
}

Status check_cron_quota(const Cluster& cluster, const JobConfiguration& job) {
  if (!job.task_config.production) return Unit{};
  QuotaUse wanted = use_of_role(cluster, job.key.role)[QuotaClass::ProdShared];
  wanted += use_of_run(job);
  // Aurora takes any old template away, also one that was never counted, and so lets a role exceed its quota.
  const CronJob* known = cluster.find_cron_job(job.key);
  if (known != nullptr && quota_class_of(known->job.task_config) == quota_class_of(job.task_config))
    wanted -= use_of_run(known->job);
  return check_use(cluster, job.key.role, wanted);
}

Status check_new_quota(const Cluster& cluster, const Quota& quota) {
  if (!is_identifier(quota.role))
    return Error{ErrorCode::InvalidArgument, "Role contains illegal characters: " + quota.role};
  constexpr double kAmountMax = 1e12;  // of cores and MB, so that sums stay exact
  const ResourceTotals& amount = quota.amount;
  const double largest = std::max({amount.cpus, static_cast<double>(amount.ram_mb), static_cast<double>(amount.disk_mb)});
  if (!std::isfinite(amount.cpus) || largest > kAmountMax)
    return Error{ErrorCode::InvalidArgument, "The quota of " + quota.role + " is above 1,000,000,000,000; ask for less."};
  const QuotaUse wanted = use_of(amount);
  if (amount.cpus < 0 || amount.ram_mb < 0 || amount.disk_mb < 0)
    return Error{ErrorCode::InvalidArgument, "Negative values in: " + describe(wanted)};
  const QuotaUse used = use_of_role(cluster, quota.role)[QuotaClass::ProdShared];
  const bool is_enough =
      wanted.micro_cpus >= used.micro_cpus && wanted.ram_mb >= used.ram_mb && wanted.disk_mb >= used.disk_mb;
  if (is_enough) return Unit{};
  return Error{ErrorCode::InvalidArgument,
               "Quota: " + describe(wanted) + " is less then current prod reservation: " + describe(used)};
}

}  // namespace aurora::core

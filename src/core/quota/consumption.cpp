#include "aurora/core/quota/consumption.h"

#include <algorithm>

namespace aurora::core {
namespace {

ResourceTotals& class_of(RoleConsumption& consumption, const TaskConfig& config) {
  if (find_dedicated(config.constraints) != nullptr)
    return config.production ? consumption.prod_dedicated : consumption.non_prod_dedicated;
  return config.production ? consumption.prod_shared : consumption.non_prod_shared;
}

void add(ResourceTotals& sum, const TaskConfig& config, int64_t instances) {
  sum.cpus += config.resources.cpus * static_cast<double>(instances);
  sum.ram_mb += config.resources.ram_mb * instances;
  sum.disk_mb += config.resources.disk_mb * instances;
}

int64_t count(const std::vector<InstanceRange>& ranges) {
  int64_t instances = 0;
  for (const InstanceRange& range : ranges) instances += int64_t{range.last} - range.first + 1;
  return instances;
}

ResourceTotals larger(const ResourceTotals& a, const ResourceTotals& b) {
  ResourceTotals both;
  both.cpus = std::max(a.cpus, b.cpus);
  both.ram_mb = std::max(a.ram_mb, b.ram_mb);
  both.disk_mb = std::max(a.disk_mb, b.disk_mb);
  return both;
}

// Adds the update's part and returns the instances that it touches.
std::set<int32_t> add_update(RoleConsumption& sum, const UpdateInstructions& instructions) {
  RoleConsumption initial;
  RoleConsumption desired;
  std::set<int32_t> touched;
  for (const InstanceTaskConfig& group : instructions.initial_state) {
    add(class_of(initial, *group.task), *group.task, count(group.instances));
    touched.merge(to_set(group.instances));
  }
  if (instructions.desired_state) {
    const InstanceTaskConfig& group = *instructions.desired_state;
    add(class_of(desired, *group.task), *group.task, count(group.instances));
    touched.merge(to_set(group.instances));
  }
  sum.prod_shared += larger(initial.prod_shared, desired.prod_shared);
  sum.non_prod_shared += larger(initial.non_prod_shared, desired.non_prod_shared);
  sum.prod_dedicated += larger(initial.prod_dedicated, desired.prod_dedicated);
  sum.non_prod_dedicated += larger(initial.non_prod_dedicated, desired.non_prod_dedicated);
  return touched;
}

}  // namespace

RoleConsumption consumption_of(const Cluster& cluster, const std::string& role) {
  RoleConsumption sum;
  std::map<JobKey, std::set<int32_t>> touched;
  for (const JobUpdate* update : cluster.list_active_updates()) {
    if (update->key.job.role == role) touched[update->key.job] = add_update(sum, update->instructions);
  }
  for (const JobKey& job : cluster.list_jobs(role)) {
    const auto updating = touched.find(job);
    for (const Task* task : cluster.list_active(job)) {
      if (updating != touched.end() && updating->second.contains(task->instance_id)) continue;
      add(class_of(sum, *task->config), *task->config, 1);
    }
  }
  return sum;
}

}  // namespace aurora::core

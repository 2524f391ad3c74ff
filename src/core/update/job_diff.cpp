#include "aurora/core/update/job_diff.h"

#include <algorithm>
#include <map>
#include <utility>

namespace aurora::core {

Result<std::set<int32_t>> read_scope(const std::vector<InstanceRange>& ranges, const JobLimits& limits) {
  int64_t count = 0;
  if (ranges.size() > static_cast<size_t>(limits.tasks_per_job_max)) {
    return Error{ErrorCode::InvalidArgument, "updateOnlyTheseInstances has " + std::to_string(ranges.size()) +
                                                 " ranges; a job has at most " +
                                                 std::to_string(limits.tasks_per_job_max) + " instances."};
  }
  for (const InstanceRange& range : ranges)
    count += std::max<int64_t>(int64_t{range.last} - range.first + 1, 0);
  if (count <= limits.tasks_per_job_max) return to_set(ranges);
  return Error{ErrorCode::InvalidArgument, "updateOnlyTheseInstances names " + std::to_string(count) +
                                               " instances; a job has at most " +
                                               std::to_string(limits.tasks_per_job_max) + "."};
}

std::set<int32_t> JobDiff::added() const {
  std::set<int32_t> ids;
  for (int32_t id : replacements) {
    if (replaced.count(id) == 0) ids.insert(id);
  }
  return ids;
}

std::set<int32_t> JobDiff::removed() const {
  std::set<int32_t> ids;
  for (const auto& [id, config] : replaced) {
    if (replacements.count(id) == 0) ids.insert(id);
  }
  return ids;
}

std::set<int32_t> JobDiff::updated() const {
  std::set<int32_t> ids;
  for (const auto& [id, config] : replaced) {
    if (replacements.count(id) > 0) ids.insert(id);
  }
  return ids;
}

JobDiff diff_job(const std::vector<const Task*>& active, const TaskConfigRef& config, int32_t count,
                 const std::set<int32_t>& scope) {
  auto in_scope = [&](int32_t id) { return scope.empty() || scope.count(id) > 0; };
  JobDiff diff;
  std::set<int32_t> existing;
  for (const Task* task : active) {
    const int32_t id = task->instance_id;
    const bool stays = id < count && task->config == config;
    existing.insert(id);
    if (stays || !in_scope(id)) {
      diff.unchanged[id] = task->config;
      continue;
    }
    diff.replaced[id] = task->config;
    if (id < count) diff.replacements.insert(id);
  }
  for (int32_t id = 0; id < count; ++id) {
    if (in_scope(id) && existing.count(id) == 0) diff.replacements.insert(id);
  }
  return diff;
}

std::set<int32_t> out_of_scope(const std::vector<const Task*>& active, int32_t count,
                               const std::set<int32_t>& scope) {
  std::set<int32_t> existing;
  for (const Task* task : active) existing.insert(task->instance_id);
  std::set<int32_t> unknown;
  for (int32_t id : scope) {
    if ((id < 0 || id >= count) && existing.count(id) == 0) unknown.insert(id);
  }
  return unknown;
}

std::vector<InstanceTaskConfig> group_by_config(const std::map<int32_t, TaskConfigRef>& configs,
                                                const std::set<int32_t>* ids) {
  std::vector<std::pair<TaskConfigRef, std::set<int32_t>>> groups;  // by their first instance
  std::map<ConfigHash, size_t> group_of;
  for (const auto& [id, config] : configs) {
    if (ids && ids->count(id) == 0) continue;
    const auto [group, is_new] = group_of.emplace(config.hash(), groups.size());
    if (is_new) groups.emplace_back(config, std::set<int32_t>());
    groups[group->second].second.insert(id);
  }
  std::vector<InstanceTaskConfig> result;
  for (const auto& [config, instances] : groups) result.push_back({config, to_ranges(instances)});
  return result;
}

}  // namespace aurora::core

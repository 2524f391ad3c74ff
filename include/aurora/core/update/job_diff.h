// What an update would replace by what (spec/scheduler.md §9.2). The plan that is shown and the one that is
// executed.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "aurora/core/job/validate.h"
#include "aurora/core/task/task.h"
#include "aurora/core/update/job_update.h"

namespace aurora::core {

struct JobDiff {
  std::map<int32_t, TaskConfigRef> replaced;   // instances that lose their configuration, with the old one
  std::set<int32_t> replacements;              // instances that get the new one
  std::map<int32_t, TaskConfigRef> unchanged;  // with what they have

  bool is_empty() const { return replaced.empty() && replacements.empty(); }
  std::set<int32_t> added() const;    // only in replacements
  std::set<int32_t> removed() const;  // only in replaced
  std::set<int32_t> updated() const;  // in both
};

// `active`: the job's active tasks. Instances 0..count-1 shall have `config`; only those of `scope`, unless
// it is empty.
JobDiff diff_job(const std::vector<const Task*>& active, const TaskConfigRef& config, int32_t count,
                 const std::set<int32_t>& scope);
// The scope that a request names. Its ranges are counted before they are spelled out: they may name billions of
// instances.
Result<std::set<int32_t>> read_scope(const std::vector<InstanceRange>& ranges, const JobLimits& limits);
// Instances of `scope` that exist neither before nor after.
std::set<int32_t> out_of_scope(const std::vector<const Task*>& active, int32_t count,
                               const std::set<int32_t>& scope);
// Instances of `ids` (all, if null) gathered by configuration, by their lowest instance.
std::vector<InstanceTaskConfig> group_by_config(const std::map<int32_t, TaskConfigRef>& configs,
                                                const std::set<int32_t>* ids = nullptr);

}  // namespace aurora::core

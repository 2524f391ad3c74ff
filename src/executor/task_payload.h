// The executor's part of a task configuration: what `executorConfig.data` says, bound to one task on one host
// (spec/config-language.md §10).
#pragma once

#include <map>
#include <string>

#include "aurora/base/result.h"
#include "aurora/core/process/task_plan.h"
#include "aurora/core/task/task.h"

namespace aurora::executor {

struct BoundTask {
  core::TaskPlan plan;
  std::map<std::string, int32_t> ports;  // with the aliases of the announcer
  std::string task_json;                 // the Thermos task with every reference bound
};

// The error is the text that follows "Could not deserialize Thermos task from AssignedTask: ".
Result<BoundTask> bind_payload(const core::Task& task, const std::string& hostname);

// One interpolation pass (§3.5): replaces the references that `values` has, again in what they bring in, then takes
// one & off each {{&x}}. References that are left are returned in `unbound`.
struct Interpolated {
  std::string text;
  std::vector<std::string> unbound;
};
Interpolated interpolate(std::string text, const std::map<std::string, std::string>& values);

}  // namespace aurora::executor

// What `executorConfig.data` says: the processes of a task, bound to one run of it on one host
// (spec/config-language.md §10). Client and scheduler read it before they pass it on, the executor before it starts
// anything: the same code, so that what a host would refuse is refused where the user typed it.
//
// The text is anybody's: time and memory grow with its length, which is bounded, and with nothing else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/process/health_check.h"
#include "aurora/core/process/task_plan.h"
#include "aurora/core/task/task.h"

namespace aurora::codec {

struct BoundTask {
  core::TaskPlan plan;
  std::map<std::string, int32_t> ports;  // with the aliases of the announcer
  std::string task_json;                 // the Thermos task with every reference bound
  std::optional<core::HealthPlan> health;      // absent: it counts as healthy as soon as it runs
  std::optional<core::ShutdownPlan> shutdown;  // absent: it is asked to end by signals only
};

// The error is the text that follows "Could not deserialize Thermos task from AssignedTask: ".
// `log` is for processes that say nothing about theirs; one that says anything has the language's defaults for the rest.
Result<BoundTask> bind_payload(const core::Task& task, const std::string& hostname, const core::LogPolicy& log = {});

// What check_limits() and bind_payload() would refuse on every host, whatever its name and ports. The job is the caller's
// to name.
Status check_runnable(const core::TaskConfig& config);

// --- Thermos tasks on their own, as `aurora thermos` runs them: text is the task as JSON.

// Names of the ports to which processes refer, sorted.
Result<std::vector<std::string>> list_ports(std::string_view task_json);
// With these references bound in every text; others stay.
Result<std::string> bind_texts(std::string_view task_json, const std::map<std::string, std::string>& values);

// What the configuration asks for and this version does not do: one sentence each, which begins with the field's name.
// Empty for a payload that cannot be read.
std::vector<std::string> list_unsupported(const core::TaskConfig& config);

}  // namespace aurora::codec

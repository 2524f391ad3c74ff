// Where two configurations differ, as paths with both values, for people and programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/core/job/task_config.h"

namespace aurora::api {

struct ConfigDifference {
  std::string path;    // "resources.cpus"; within what the executor is given: "executorConfig.data.task.processes[0].cmdline"
  std::string before;  // JSON, at most 1,000 bytes of it; empty: there was nothing
  std::string after;
};
void fields(Is<ConfigDifference> auto& d, auto&& visit) {
  visit("path", d.path);
  visit("before", d.before);
  visit("after", d.after);
}

constexpr size_t kDifferencesMax = 200;  // then there are more than are told

std::vector<ConfigDifference> list_differences(const core::TaskConfig& before, const core::TaskConfig& after);

}  // namespace aurora::api

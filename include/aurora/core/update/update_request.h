// What users ask of updates.
#pragma once

#include <array>
#include <vector>

#include "aurora/core/update/job_update.h"

namespace aurora::core {

struct JobUpdateRequest {
  TaskConfig task_config;
  int32_t instance_count = 1;
  UpdateSettings settings;
  std::vector<Metadata> metadata;
};
void fields(Is<JobUpdateRequest> auto& r, auto&& visit) {
  visit("taskConfig", r.task_config);
  visit("instanceCount", r.instance_count);
  visit("settings", r.settings);
  visit("metadata", r.metadata);
}

enum class UpdateControl { Pause, Resume, Abort, Rollback };

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::UpdateControl> {
  using enum aurora::core::UpdateControl;
  static constexpr std::array<EnumName<aurora::core::UpdateControl>, 4> values{
      {{Pause, "pause"}, {Resume, "resume"}, {Abort, "abort"}, {Rollback, "rollback"}}};
};

// What a status means to the eye: pages colour by tone and hold no lists of statuses (spec/web-ui.md §2.1).
// Pure.
#pragma once

#include <string_view>

#include "aurora/core/task/task_status.h"
#include "aurora/core/update/job_update.h"

namespace aurora::api {

// ok, attention, failed, progress or neutral
std::string_view tone_of(core::TaskStatus status);
std::string_view tone_of(core::UpdateStatus status);
std::string_view tone_of(core::InstanceAction action);

}  // namespace aurora::api

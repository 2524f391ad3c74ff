// A task as coordinators of the original read it: a ScheduledTask in Thrift's simple JSON (spec/api.md §6.3, §6.4). Pure.
#pragma once

#include <string>

#include "aurora/core/task/task.h"

namespace aurora::api {

std::string encode_scheduled_task(const core::Task& task, const std::string& agent_id);

}  // namespace aurora::api

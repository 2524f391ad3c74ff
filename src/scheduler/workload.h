// How many objects a request concerned, under the name of Aurora's method for it (spec/scheduler.md §20). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "aurora/core/commands/command.h"

namespace aurora::scheduler {

struct Workload {
  std::string_view counter;  // "thrift_workload_createJob"
  int64_t objects = 0;       // instances, tasks or hosts
};
// Of a request that was granted; nothing for one that is not told of.
std::optional<Workload> workload_of(const core::Command& command, const core::Answer& answer);

}  // namespace aurora::scheduler

// Pending tasks with an equal configuration are placed as one group, each group on its own timer, so that a
// large job can't starve a small one (spec/scheduler.md §4.1). The engine keeps the timers; what they are set
// to is here.
#pragma once

#include <set>

#include "aurora/base/rng.h"
#include "aurora/core/job/task_config.h"
#include "aurora/core/task/timing.h"

namespace aurora::core {

struct PlacementResult {
  std::set<ConfigHash> unplaced;  // groups that still have pending tasks because no host fits
  int32_t placed = 0;             // tasks
  std::set<ConfigHash> hurried;   // of the unplaced: more room could be made for them at once
};

// How long a group waits before its first attempt, and after an attempt that placed something.
inline Duration first_group_penalty(const TaskTiming& timing) { return timing.first_schedule_delay; }
// After an attempt that placed nothing: grows at random by a factor of 1 to 2, up to max_schedule_penalty.
Duration next_group_penalty(Duration previous, const TaskTiming& timing, Rng& rng);

}  // namespace aurora::core

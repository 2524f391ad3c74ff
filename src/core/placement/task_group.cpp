#include "aurora/core/placement/task_group.h"

#include <algorithm>
#include <cmath>

namespace aurora::core {

Duration next_group_penalty(Duration previous, const TaskTiming& timing, Rng& rng) {
  Duration base = previous.ms > 0 ? previous : timing.initial_schedule_penalty;
  Duration grown{base.ms + std::llround(rng.unit() * static_cast<double>(base.ms))};
  return std::min(timing.max_schedule_penalty, grown);
}

}  // namespace aurora::core

// How many instances of a job were up, and how often one began again, step by step: derived from what its tasks remember of
// themselves, so exact for as long as those are kept. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "aurora/core/sla/sla_figures.h"

namespace aurora::core {

struct TimelineStep {
  Instant end;           // of it
  int32_t up = 0;        // RUNNING, then
  int32_t least_up = 0;  // at any moment of it
  int32_t restarts = 0;  // tasks that took an ended one's place: within a minute of its end, else somebody began anew
};

// `tasks`: of one job, active and ended, in any order. Steps are multiples of `step` since the epoch; the last is cut off at
// window.to.
std::vector<TimelineStep> job_timeline(const std::vector<SlaTask>& tasks, const SlaWindow& window, Duration step);

}  // namespace aurora::core

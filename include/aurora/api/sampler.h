// Samples the scheduler's figures into its time series, on a thread of its own. What is of jobs, roles or racks is not sampled.
#pragma once

#include "aurora/api/scheduler_api.h"
#include "aurora/base/repeater.h"

namespace aurora::api {

struct SamplingConfig {
  Duration interval = seconds(1);
  Duration retention = hours(1);
};
inline constexpr int64_t kSamplesMax = 10'000;  // of a series: retention divided by interval

class Sampler {
 public:
  // REQUIRES: the services have series. `clock`: of the world; that of the services stands still between two looks of the engine.
  Sampler(const SchedulerServices& services, const Clock& clock, Duration interval);

 private:
  Repeater repeater_;
};

}  // namespace aurora::api

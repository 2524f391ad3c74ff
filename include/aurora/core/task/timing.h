// How long things may take, with Aurora's names and defaults (spec/scheduler.md §21.4).
#pragma once

#include <cstdint>

#include "aurora/base/time.h"

namespace aurora::core {

struct TaskTiming {
  Duration flapping_task_threshold = minutes(5);
  Duration initial_flapping_task_delay = seconds(30);
  Duration max_flapping_task_delay = minutes(5);
  Duration transient_task_state_timeout = minutes(5);
  Duration initial_task_kill_retry_interval = seconds(15);
  Duration first_schedule_delay = milliseconds(1);
  Duration initial_schedule_penalty = seconds(1);
  Duration max_schedule_penalty = minutes(1);
  Duration history_prune_threshold = hours(48);
  Duration history_min_retention_threshold = hours(1);
  int32_t history_max_per_job_threshold = 100;
  Duration update_history_pruning_threshold = hours(24 * 30);
  int32_t update_history_per_job_threshold = 10;
};

}  // namespace aurora::core

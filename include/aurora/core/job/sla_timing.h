// How often and how long promises are looked at before a task is ended for maintenance or an update, with Aurora's names
// and defaults (spec/scheduler.md §9.9, §11.2, §12.1, §21.4).
#pragma once

#include <cstdint>

#include "aurora/base/time.h"

namespace aurora::core {

struct SlaTiming {
  Duration host_maintenance_polling_interval = minutes(1);
  Duration sla_aware_kill_retry_min_delay = minutes(1);
  Duration sla_aware_kill_retry_max_delay = minutes(5);
  Duration sla_coordinator_timeout = minutes(1);
  int32_t max_parallel_coordinated_maintenance = 10;  // coordinators that are asked at a time
};

}  // namespace aurora::core

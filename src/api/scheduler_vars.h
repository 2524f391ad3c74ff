// What the scheduler's /vars tell, collected.
#pragma once

#include "api/vars_routes.h"
#include "aurora/api/scheduler_api.h"

namespace aurora::api {

enum class Breadth {
  Cluster,     // figures of the whole
  Everything,  // and of jobs, roles and the like
};

struct SeenVars {
  Vars vars;
  scheduler::RoundNumber round = 0;  // the newest of which they tell
};
SeenVars look_at_vars(const SchedulerServices& services, Breadth breadth);

}  // namespace aurora::api

#pragma once

#include <vector>

#include "aurora/api/scheduler_api.h"

namespace aurora::api {

// POST /v1/hosts/{host}/logs:read. REQUIRES: there are forwards.
std::vector<net::Route> host_logs_routes(const SchedulerServices& services);

}  // namespace aurora::api

#pragma once

#include <vector>

#include "aurora/api/scheduler_api.h"

namespace aurora::api {

// POST /v1/hosts/{host}/usage, GET /v1/hostUsage and GET /v1/jobs/{role}/{environment}/{name}/usage
std::vector<net::Route> usage_routes(const SchedulerServices& services);

}  // namespace aurora::api

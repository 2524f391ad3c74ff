#pragma once

#include <vector>

#include "aurora/api/executor_api.h"

namespace aurora::api {

// GET /v1/host/usage
std::vector<net::Route> host_usage_routes(const ExecutorServices& services);

}  // namespace aurora::api

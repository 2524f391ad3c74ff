// What monitoring reads: /vars (lines), /vars.json, /metrics (Prometheus) and /health. Shared by scheduler
// and executor.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::api {

using Vars = std::map<std::string, double>;

// `collect` is called for each request, on any thread.
std::vector<net::Route> vars_routes(const std::function<Vars()>& collect);

}  // namespace aurora::api

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

// Called for each request, on any thread: gives the figures of now to `say`, at once, and what that makes of them to the
// client when they may be told.
using TellVars = std::function<net::Response(const std::function<net::Response(const Vars&)>& say)>;
std::vector<net::Route> vars_routes(const TellVars& tell);

}  // namespace aurora::api

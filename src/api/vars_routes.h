// What monitoring reads: /vars (lines), /vars.json, /metrics (Prometheus) and /health. Shared by scheduler
// and executor.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aurora/base/figures.h"
#include "aurora/net/http.h"

namespace aurora::api {

using Vars = Figures;

// Adds to every timed section what one event took on average, "<section>_nanos_per_event" (spec/scheduler.md §20); likewise of
// those in milliseconds ("_ms") and, as it is called for the lock of the store, "_ns".
Vars with_averages(Vars vars);
std::string format_number(double value);  // whole numbers without a point

// Called for each request, on any thread: gives the figures of now to `say`, at once, and what that makes of them to the
// client when they may be told.
using TellVars = std::function<net::Response(const std::function<net::Response(const Vars&)>& say)>;
std::vector<net::Route> vars_routes(const TellVars& tell);

}  // namespace aurora::api

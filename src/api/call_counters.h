// Counts requests under the names of Aurora's methods for them (spec/scheduler.md §20): "scheduler_thrift_<method>_events",
// "..._nanos_total", and "scheduler_thrift_response_<code>" over all of them.
#pragma once

#include <vector>

#include "aurora/base/counters.h"
#include "aurora/net/http.h"

namespace aurora::api {

// Of the routes that have such a method; `counters` outlives them.
void count_calls(std::vector<net::Route>& routes, Counters& counters);

}  // namespace aurora::api

// The scheduler's HTTP routes: the JSON API under /v1, what monitoring reads, and the pages
// (src/api/openapi.json). Handlers run on the server's threads; everything they touch is thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aurora/api/time_series.h"
#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/net/followers.h"
#include "aurora/net/forwards.h"
#include "aurora/net/http.h"
#include "aurora/net/web_sockets.h"
#include "aurora/scheduler/engine.h"
#include "aurora/scheduler/recovery.h"

namespace aurora::scheduler {
class Statistics;  // scheduler/statistics.h
}

namespace aurora::api {

// What the routes work with. All references outlive the routes.
struct SchedulerServices {
  scheduler::Engine& engine;
  Counters& counters;
  const Clock& clock;
  std::string cluster_name;
  std::string scheduler_host;
  std::string stats_url_prefix = {};  // role.environment.name behind it: figures of a job; empty: there are none
  Instant started_at;
  std::string secret;  // must be presented to change anything, and to report; empty = anyone may
  std::function<std::map<std::string, double>()> process_vars = nullptr;  // for /vars
  // The task as an executor was told to start it, as JSON; waits for the executor.
  std::function<Result<std::string>(const std::string& executor_url, const core::TaskId&)> fetch_launched = nullptr;
  net::Followers* followers = nullptr;      // of events; without: pages of them only
  net::WebSockets* web_sockets = nullptr;  // for commands in sandboxes; without: no such routes
  net::Forwards* forwards = nullptr;        // for logs of hosts; without: no such route
  scheduler::Recovery* recovery = nullptr;  // copies of the store; without: no such routes
  scheduler::Statistics* statistics = nullptr;  // for /vars
  TimeSeries* series = nullptr;                 // for /vars and /graphdata
  std::function<void()> on_quit;  // an operator asked for an orderly stop; must return at once
  // Of answers that wait for the log, together; shared by the routes.
  std::shared_ptr<std::atomic<size_t>> held_bytes = std::make_shared<std::atomic<size_t>>(0);
};

std::vector<net::Route> scheduler_routes(const SchedulerServices& services);

}  // namespace aurora::api

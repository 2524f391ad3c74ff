// The executor's HTTP routes: launches and kills from the scheduler, the JSON API of its pages under /v1, the routes of
// the classic observer, and the pages. Handlers run on the server's threads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/executor/confiner.h"
#include "aurora/executor/execs.h"
#include "aurora/executor/host_loop.h"
#include "aurora/executor/host_offer.h"
#include "aurora/executor/host_view.h"
#include "aurora/executor/log_times.h"
#include "aurora/net/http.h"
#include "aurora/net/web_sockets.h"

namespace aurora::api {

// Readers that follow logs at the same time. Each holds one of the server's threads while it waits: it needs so many more.
inline constexpr int kLogFollowersMax = 16;

// All references outlive the routes.
struct ExecutorServices {
  executor::HostLoop& loop;
  executor::HostView& view;
  executor::LogTimes& log_times;
  Counters& counters;
  const Clock& clock;
  std::string hostname;
  std::string agent_id;
  std::string scheduler_url;
  std::string runs_tasks_as;  // "roles", or the name of the one user all tasks run as
  std::vector<executor::Measure> isolation;
  std::vector<executor::OfferedAmount> resources = {};
  std::string secret;         // must be presented to launch and kill; empty = anyone may
  bool guards_pages = false;  // and to see pages and files
  Instant started_at;
  executor::Execs* execs = nullptr;          // with web_sockets: commands in sandboxes; without: no such routes
  net::WebSockets* web_sockets = nullptr;
  std::function<std::string()> scheduler_trouble = [] { return std::string(); };  // why it does not take this host
};

std::vector<net::Route> executor_routes(const ExecutorServices& services);

}  // namespace aurora::api

#include "api/access.h"

#include <set>

#include "aurora/net/secret.h"

namespace aurora::api {
namespace {

const std::set<std::string> kOpen = {"/health",           "/vars",        "/vars.json",      "/metrics",
                                     "/assets/{path...}", "/favicon.ico", "/v1/openapi.json"};
// GET, but with what only the scheduler may see.
const std::set<std::string> kAlways = {"/v1/tasks/{taskId}/launched"};
// Not GET, for what is asked does not fit into an address; they change nothing.
const std::set<std::string> kReads = {"/v1/logs:read", "/v1/hosts/{host}/logs:read"};
const std::set<std::string> kHealth = {"/health", "/leaderhealth"};
const std::set<std::string> kControl = {"/v1/hosts/{host}/report", "/v1/launch", "/v1/kill"};

bool is_guarded(const net::Route& route, Guarded guarded) {
  const bool is_read = route.method == "GET" || kReads.contains(route.pattern);
  if (!is_read || route.upgrades || kAlways.contains(route.pattern)) return true;
  return guarded == Guarded::Everything && !kOpen.contains(route.pattern);
}

}  // namespace

void guard(std::vector<net::Route>& routes, const std::string& secret, Guarded guarded,
           const std::string& hint) {
  for (net::Route& route : routes) {
    if (is_guarded(route, guarded)) route.gate = net::ask_for_secret(secret, hint);
  }
}

void give_lanes(std::vector<net::Route>& routes) {
  for (net::Route& route : routes) {
    if (kHealth.contains(route.pattern)) route.lane = net::Lane::Health;
    if (kControl.contains(route.pattern)) route.lane = net::Lane::Control;
  }
}

net::Route brief(net::Route route) {
  route.is_brief = true;
  return route;
}

net::Route upgrade(net::Route route) {
  route.upgrades = true;
  route.body_bytes_max = 0;
  return route;
}

net::Route with_body(net::Route route, size_t bytes_max) {
  route.body_bytes_max = bytes_max;
  return route;
}

}  // namespace aurora::api

// The cluster as a whole, what monitoring reads, and the documents about the API.
#include <algorithm>

#include "api/access.h"
#include "api/call_counters.h"
#include "api/handler.h"
#include "api/openapi_route.h"
#include "api/page_routes.h"
#include "api/read.h"
#include "api/reads.h"
#include "api/host_logs_routes.h"
#include "api/routes.h"
#include "api/usage_routes.h"
#include "api/scheduler_vars.h"
#include "api/tone.h"
#include "api/vars_routes.h"
#include "aurora/base/build_info.h"

namespace aurora::api {
namespace {

std::string encode_meanings() {
  codec::JsonObject meanings;
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
    if (const std::string_view meaning = meaning_of(status); !meaning.empty()) meanings.add(name, meaning);
  }
  return meanings.text();
}

net::Response get_cluster(const SchedulerServices& services, const net::Request& request) {
  return json_answer(codec::JsonObject()
                         .add("clusterName", services.cluster_name)
                         .add("clusterId", services.engine.settings().cluster_id)
                         .add("version", build_info().version)
                         .add("schedulerHost", services.scheduler_host)
                         .add("statsUrlPrefix", services.stats_url_prefix)
                         .add("startedAtMs", services.started_at)
                         .add("user", user_of(request))
                         .add_raw("statusMeanings", encode_meanings())
                         .text());
}

net::Response get_tiers(const SchedulerServices& services) {
  const core::JobLimits& limits = services.engine.settings().limits;
  codec::JsonObject tiers;
  for (const auto& [name, tier] : limits.tiers) {
    tiers.add_raw(
        name,
        codec::JsonObject().add("preemptible", tier.preemptible).add("revocable", tier.revocable).text());
  }
  return json_answer(
      codec::JsonObject().add("default", limits.default_tier).add_raw("tiers", tiers.text()).text());
}

net::Response get_leader_health(const SchedulerServices& services) {
  const bool is_leading = services.engine.is_ready();
  net::Response response = text_answer(
      "Current status: " +
      std::string(is_leading ? "This is the leading scheduler."
                             : "There is no leading scheduler or the leader is unknown.") +
      "\n\nThis endpoint can indicate to a load balancer which among a group of schedulers is leading.\n\n"
      "The response codes are:\n200: This is the leading scheduler.\n503: Another instance is the leading "
      "scheduler.\n"
      "502: There is no leading scheduler or the leader is unknown.\n");
  response.status = is_leading ? 200 : 502;
  return response;
}

net::Response tell_vars(const SchedulerServices& services,
                        const std::function<net::Response(const Vars&)>& say) {
  SeenVars seen = look_at_vars(services, Breadth::Everything);
  return hold(services, seen.round, say(seen.vars));
}

void append(std::vector<net::Route>& routes, std::vector<net::Route> more) {
  for (net::Route& route : more) routes.push_back(std::move(route));
}

}  // namespace

std::vector<net::Route> cluster_routes(const SchedulerServices& services) {
  std::vector<net::Route> routes = {
      make_route("GET", "/leaderhealth",
                 [services](const net::Request&) { return get_leader_health(services); }),
      make_route("GET", "/v1/cluster",
                 [services](const net::Request& request) { return get_cluster(services, request); }),
      make_route("GET", "/v1/tiers", [services](const net::Request&) { return get_tiers(services); }),
      make_route("GET", "/tiers", [services](const net::Request&) { return get_tiers(services); }),
      scheduler_openapi_route(),
      make_route("POST", "/quitquitquit",
                 [services](const net::Request&) {
                   services.on_quit();
                   return text_answer("Notifying quit listener.");
                 }),
  };
  append(routes, vars_routes([services](const auto& say) { return tell_vars(services, say); }));
  return routes;
}

std::vector<net::Route> scheduler_routes(const SchedulerServices& services) {
  std::vector<net::Route> routes;
  append(routes, job_routes(services));
  append(routes, cron_routes(services));
  append(routes, task_routes(services));
  if (services.web_sockets != nullptr) append(routes, exec_routes(services));
  if (services.forwards != nullptr) append(routes, host_logs_routes(services));
  append(routes, usage_routes(services));
  append(routes, update_routes(services));
  append(routes, plan_routes(services));
  append(routes, explain_routes(services));
  if (services.recovery != nullptr) {
    append(routes, recovery_routes(services));
    append(routes, staged_task_routes(services));
  }
  append(routes, quota_routes(services));
  append(routes, host_routes(services));
  append(routes, unknown_task_routes(services));
  append(routes, maintenance_routes(services));
  append(routes, pending_routes(services));
  append(routes, servlet_routes(services));
  append(routes, cluster_routes(services));
  append(routes, event_routes(services));
  append(routes, graph_routes(services));
  append(routes, sla_routes(services));
  append(routes, overview_routes(services));
  append(routes, search_routes(services));
  append(routes, page_routes("scheduler",
                             {{"/"}, {"/scheduler"}, {"/scheduler/{path...}"}, {"/updates"}, {"/pending"}, {"/hosts"}}));
  complete_reads(routes);
  guard(routes, services.secret, Guarded::Changes,
        "name the file that holds it as secret_file in clusters.json, in AURORA_SECRET_FILE or with "
        "--secret-file");
  give_lanes(routes);
  count_calls(routes, services.counters);
  return routes;
}

}  // namespace aurora::api

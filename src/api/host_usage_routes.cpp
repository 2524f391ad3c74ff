// What the tasks of this host use together.
#include "api/host_usage_routes.h"

#include "api/handler.h"
#include "api/task_usage.h"

namespace aurora::api {
namespace {

Result<net::Response> get_host_usage(const ExecutorServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  codec::JsonArray points;
  for (const HostUsagePoint& point : sum_of_host(gather(services), services.clock.now())) {
    points.add_raw(codec::JsonObject().add("atMs", point.at).add("cpu", point.cpus).add("ramBytes", point.ram_bytes)
                       .add("reservedCpu", point.reserved_cpus).add("reservedRamMb", point.reserved_ram_mb).text());
  }
  return json_answer(codec::JsonObject().add_raw("points", points.text()).text());
}

}  // namespace

std::vector<net::Route> host_usage_routes(const ExecutorServices& services) {
  return {make_route("GET", "/v1/host/usage", [services](const net::Request& request) { return get_host_usage(services, request); })};
}

}  // namespace aurora::api

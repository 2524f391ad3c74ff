#include "api/reads.h"

#include "api/etag.h"
#include "api/field_selection.h"
#include "api/handler.h"
#include "api/http_status.h"
#include "api/openapi_route.h"

namespace aurora::api {
namespace {

bool asks_for_fields(const net::Request& request) { return request.query.contains("fields"); }

// Before the read is made: a field that there is not costs nothing. The handler itself knows no such parameter.
net::Handler with_known_fields(net::Handler handler, const std::string& path) {
  return [handler = std::move(handler), path](const net::Request& request) {
    if (!asks_for_fields(request)) return handler(request);
    const auto wanted = find_wanted_fields(scheduler_openapi(), path, request);
    if (!wanted.ok()) return to_response(wanted.error());
    net::Request plain = request;
    plain.query.erase("fields");
    return handler(plain);
  };
}

net::Response keep_wanted_fields(const std::string& path, const net::Request& request, net::Response response) {
  if (response.status != 200 || !asks_for_fields(request)) return response;
  const auto wanted = find_wanted_fields(scheduler_openapi(), path, request);
  if (!wanted.ok() || !*wanted) return response;  // it was looked at before
  Result<std::string> kept = keep_fields(**wanted, response.body);
  if (!kept.ok()) return to_response(kept.error());
  response.body = std::move(*kept);
  return response;
}

}  // namespace

void complete_reads(std::vector<net::Route>& routes) {
  for (net::Route& route : routes) {
    if (route.method != "GET" || !route.pattern.starts_with("/v1/") || route.upgrades) continue;
    route.handler = with_known_fields(std::move(route.handler), route.pattern);
    route.finish = [path = route.pattern](const net::Request& request, net::Response response) {
      return answer_conditionally(request, keep_wanted_fields(path, request, std::move(response)));
    };
  }
}

}  // namespace aurora::api

// Why things are as they are: the story of a task, instance, job, update or host, and what it waits for.
#include "api/handler.h"
#include "api/read.h"
#include "api/routes.h"
#include "aurora/core/explain/explanation.h"

namespace aurora::api {
namespace {

using core::Explanation;

core::ExplainContext context_of(const SchedulerServices& services) {
  return {services.clock.now(), services.engine.listens_until(), services.engine.settings()};
}

// `explain`: std::optional<Explanation>(const core::Cluster&, const core::ExplainContext&).
template <typename Explain>
net::Response tell_why(const SchedulerServices& services, const std::string& what, const Explain& explain) {
  const core::ExplainContext context = context_of(services);
  const auto look = [&](const core::Cluster& cluster) { return explain(cluster, context); };
  return read(services, look, [&](const std::optional<Explanation>& told) -> Result<net::Response> {
    if (!told) return Error{ErrorCode::NotFound, "No " + what};
    std::string text;
    codec::json::Write{text}(*told);
    return json_answer(std::move(text));
  });
}

Result<net::Response> explain_task(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  const core::TaskId id(param(request, "id"));
  return tell_why(services, "task " + id.value(), [&](const core::Cluster& cluster, const core::ExplainContext& context) {
    return core::explain_task(cluster, id, context);
  });
}

Result<net::Response> explain_job(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"instance"}));
  const core::JobKey key = job_param(request);
  const std::optional<int64_t> instance = TRY(find_int(request, "instance"));
  if (!instance) {
    return tell_why(services, "job " + to_string(key), [&](const core::Cluster& cluster, const core::ExplainContext& context) {
      return core::explain_job(cluster, key, context);
    });
  }
  if (*instance < 0 || *instance > INT32_MAX) {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter 'instance' is " + std::to_string(*instance) + "; use 0 to 2147483647"};
  }
  const core::InstanceKey one{key, static_cast<int32_t>(*instance)};
  return tell_why(services, "task of instance " + to_string(one),
                  [&](const core::Cluster& cluster, const core::ExplainContext& context) {
                    return core::explain_instance(cluster, one, context);
                  });
}

Result<net::Response> explain_update(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  const core::UpdateKey key{job_param(request), core::UpdateId(param(request, "id"))};
  return tell_why(services, "update " + to_string(key), [&](const core::Cluster& cluster, const core::ExplainContext& context) {
    return core::explain_update(cluster, key, context);
  });
}

Result<net::Response> explain_host(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  const core::HostId id(param(request, "host"));
  return tell_why(services, "host " + id.value(), [&](const core::Cluster& cluster, const core::ExplainContext& context) {
    return core::explain_host(cluster, id, context);
  });
}

}  // namespace

std::vector<net::Route> explain_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {make_route("GET", "/v1/tasks/{id}:explain", bind(explain_task)),
          make_route("GET", "/v1/jobs/{role}/{environment}/{name}:explain", bind(explain_job)),
          make_route("GET", "/v1/updates/{role}/{environment}/{name}/{id}:explain", bind(explain_update)),
          make_route("GET", "/v1/hosts/{host}:explain", bind(explain_host))};
}

}  // namespace aurora::api

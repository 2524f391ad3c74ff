// Commands in the sandboxes of tasks, for clients that reach the scheduler alone: it finds the host and passes
// the bytes on, unread.
#include <charconv>

#include "api/access.h"
#include "api/exec_protocol.h"
#include "api/handler.h"
#include "api/routes.h"
#include "aurora/net/web_sockets.h"

namespace aurora::api {
namespace {

struct Whereabouts {
  core::TaskId task_id;
  core::TaskStatus status = core::TaskStatus::Init;
  core::HostId host;
  std::string executor_url;
};

Result<core::InstanceKey> instance_of(const net::Request& request) {
  const std::string& text = param(request, "instance");
  core::InstanceKey instance{job_param(request)};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), instance.instance_id);
  if (error == std::errc() && end == text.data() + text.size() && instance.instance_id >= 0) return instance;
  return Error{ErrorCode::InvalidArgument, "'" + text + "' is not the number of an instance"};
}

// Where a task runs is told to nobody but its host, so it need not be durable.
Result<Whereabouts> find(const SchedulerServices& services, const core::InstanceKey& instance) {
  const auto look = [&](const core::Cluster& cluster) -> std::optional<Whereabouts> {
    const core::Task* task = cluster.find_active(instance);
    if (task == nullptr) return std::nullopt;
    const core::Host* host = cluster.find_host(task->host);
    return Whereabouts{task->id, task->status, task->host, host == nullptr ? "" : host->executor_url};
  };
  const std::optional<Whereabouts> found = services.engine.look(look).value;
  if (!found) return Error{ErrorCode::NotFound, to_string(instance) + " is not active; `aurora job status` shows what is"};
  if (!is_assigned(found->status)) {
    return Error{ErrorCode::FailedPrecondition, to_string(instance) + " is " + std::string(enum_name(found->status)) +
                                                    "; a command can be run only in a task that runs"};
  }
  if (!found->executor_url.empty()) return *found;
  return Error{ErrorCode::Unavailable, "It is not known how to reach " + found->host.value() + ", where " +
                                           to_string(instance) + " runs; its executor has to register first"};
}

// What follows the path.
std::string query_of(const net::Request& request) {
  std::string query;
  for (const auto& [name, value] : request.query)
    query += (query.empty() ? "?" : "&") + net::url_encode(name) + "=" + net::url_encode(value);
  return query;
}

Result<net::Response> open(const SchedulerServices& services, const net::Request& request) {
  TRY(parse_exec_request(request));
  const Whereabouts task = TRY(find(services, TRY(instance_of(request))));
  // Only now: pages ask without opening one, to be told what is wrong.
  if (auto refused = net::refuse_opening(request)) return *std::move(refused);
  net::RelayTarget target{.url = task.executor_url + "/v1/tasks/" + net::url_encode(task.task_id.value()) + ":exec" +
                                 query_of(request)};
  target.headers.emplace(kRequesterHeader, requester_of(request));
  if (!services.secret.empty()) target.headers.emplace("Authorization", "Bearer " + services.secret);
  return services.web_sockets->relay(TRY(services.web_sockets->take_place()), request, std::move(target));
}

}  // namespace

std::vector<net::Route> exec_routes(const SchedulerServices& services) {
  const auto handler = [services](const net::Request& request) { return open(services, request); };
  constexpr const char* kPattern = "/v1/jobs/{role}/{environment}/{name}/{instance}:exec";
  return {upgrade(make_route("GET", kPattern, handler)), upgrade(make_route("POST", kPattern, handler))};
}

}  // namespace aurora::api

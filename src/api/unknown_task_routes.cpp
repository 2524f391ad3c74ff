// Tasks that hosts run and that this scheduler does not know: the list, and what somebody decides about them.
#include "api/handler.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/submit.h"

namespace aurora::api {
namespace {

struct KillRequest {
  std::vector<core::TaskId> task_ids;
  std::vector<core::HostId> hosts;
  bool all = false;
};
void fields(Is<KillRequest> auto& r, auto&& visit) {
  visit("taskIds", r.task_ids);
  visit("hosts", r.hosts);
  visit("all", r.all);
}

struct AdoptRequest {
  core::TaskId task_id;
};
void fields(Is<AdoptRequest> auto& r, auto&& visit) { visit("taskId", r.task_id); }

std::string encode(const core::Cluster& cluster, const core::UnknownTask& task) {
  const core::Host* host = cluster.find_host(task.host);
  return codec::JsonObject()
      .add_members(codec::encode_json(task))
      .add("executorUrl", host == nullptr ? "" : host->executor_url)
      .text();
}

Result<net::Response> list_unknown(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"host", "offset", "limit"}));
  const std::set<std::string> hosts = list_texts(request, "host");
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    std::vector<const core::UnknownTask*> all = cluster.list_unknown_tasks();
    std::erase_if(all, [&](const core::UnknownTask* task) {
      return !hosts.empty() && !hosts.contains(task->host.value());
    });
    codec::JsonArray found;
    for (const core::UnknownTask* task : slice(all, page)) found.add_raw(encode(cluster, *task));
    return std::pair(std::move(found).text(), all.size());
  };
  return read(services, look, [](const auto& seen) -> Result<net::Response> {
    return json_answer(codec::JsonObject().add_raw("tasks", seen.first).add("total", seen.second).text());
  });
}

Result<net::Response> kill_unknown(const SchedulerServices& services, const net::Request& request) {
  const auto body = TRY(decode_body<KillRequest>(request));
  core::KillUnknownTasks command;
  command.task_ids = {body.task_ids.begin(), body.task_ids.end()};
  command.hosts = {body.hosts.begin(), body.hosts.end()};
  command.all = body.all;
  command.user = user_of(request);
  return submit(services.engine, std::move(command));
}

// Where the task runs, and the executor to ask what it is.
struct Whereabouts {
  core::HostId host;
  std::string executor_url;
};
std::optional<Whereabouts> find(const core::Cluster& cluster, const core::TaskId& id) {
  for (const core::UnknownTask* task : cluster.list_unknown_tasks()) {
    if (task->id != id) continue;
    const core::Host* host = cluster.find_host(task->host);
    return Whereabouts{task->host, host == nullptr ? "" : host->executor_url};
  }
  return std::nullopt;
}

Result<net::Response> adopt(const SchedulerServices& services, const net::Request& request) {
  const auto body = TRY(decode_body<AdoptRequest>(request));
  // The executor is asked for it only when no crash can undo what is known of it; this thread waits for the network, too.
  const auto found =
      services.engine.query([&](const core::Cluster& cluster) { return find(cluster, body.task_id); });
  if (!found) return Error{ErrorCode::NotFound, "No host runs an unknown task '" + body.task_id.value() + "'"};
  core::AdoptTask command{found->host, {}, user_of(request)};
  const std::string text = TRY(services.fetch_launched(found->executor_url, body.task_id));
  const codec::JsonValue launched = TRY(codec::JsonValue::parse(text));
  command.task = TRY(codec::decode_json<core::Task>(launched, codec::UnknownFields::Ignore));
  if (command.task.id != body.task_id) {
    return Error{ErrorCode::Internal, "The executor at " + found->executor_url + " told of another task"};
  }
  return submit(services.engine, std::move(command));
}

}  // namespace

std::vector<net::Route> unknown_task_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/unknownTasks", bind(list_unknown)),
      make_route("POST", "/v1/unknownTasks/kill", bind(kill_unknown)),
      make_route("POST", "/v1/unknownTasks/adopt", bind(adopt)),
  };
}

}  // namespace aurora::api

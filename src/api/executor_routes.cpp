// What the scheduler asks of a host: launches and kills. And the join of all routes of an executor.
#include "api/access.h"
#include "api/handler.h"
#include "api/host_usage_routes.h"
#include "api/launch_request.h"
#include "api/observer.h"
#include "api/openapi_route.h"
#include "api/page_routes.h"
#include "api/vars_routes.h"
#include "aurora/base/log.h"
#include "aurora/base/build_info.h"
#include "aurora/core/job/task_limits.h"

namespace aurora::api {
namespace {

struct KillRequest {
  std::string cluster_id;
  std::vector<core::TaskId> task_ids;
};
void fields(Is<KillRequest> auto& r, auto&& visit) {
  visit("clusterId", r.cluster_id);
  visit("taskIds", r.task_ids);
}

Status check_cluster(const ExecutorServices& services, const std::string& sender_id) {
  const Status checked =
      services.loop.query([&](const core::HostTasks& tasks) { return tasks.check_cluster(sender_id); });
  if (!checked.ok()) log_error("executor", checked.error().message);
  return checked;
}

// Ids become names of folders.
Status check_task_id(const core::TaskId& task_id) {
  constexpr size_t kLengthMax = core::kTaskIdBytesMax;
  const std::string& id = task_id.value();
  const bool is_plain =
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
      std::string::npos;
  if (is_plain && !id.empty() && id.size() <= kLengthMax) return Unit{};
  return Error{ErrorCode::InvalidArgument, "'" + id.substr(0, kLengthMax) +
                                               "' is not a task id: letters, digits, - and _, at most " +
                                               std::to_string(kLengthMax)};
}

// Of another version perhaps: what it says beyond what we know is ignored.
template <typename T>
Result<T> decode_scheduler_body(const net::Request& request) {
  const codec::JsonValue body = TRY(codec::JsonValue::parse(request.body));
  return codec::decode_json<T>(body, codec::UnknownFields::Ignore);
}

Result<net::Response> launch(const ExecutorServices& services, const net::Request& request) {
  auto body = TRY(decode_scheduler_body<LaunchRequest>(request));
  TRY(check_cluster(services, body.cluster_id));
  std::vector<core::Task> tasks = take_tasks(std::move(body));
  for (const core::Task& task : tasks) TRY(check_task_id(task.id));
  const size_t count = tasks.size();
  TRY(services.loop.submit_and_wait(core::LaunchRequested{std::move(tasks)}));
  return json_answer(codec::JsonObject().add("accepted", count).text());
}

Result<net::Response> kill(const ExecutorServices& services, const net::Request& request) {
  auto body = TRY(decode_scheduler_body<KillRequest>(request));
  TRY(check_cluster(services, body.cluster_id));
  for (const core::TaskId& task_id : body.task_ids) TRY(check_task_id(task_id));
  TRY(services.loop.submit_and_wait(core::KillRequested{std::move(body.task_ids)}));
  return json_answer("{}");
}

std::string list_measures(const std::vector<executor::Measure>& measures) {
  std::string list;
  for (const executor::Measure& measure : measures) {
    list += list.empty() ? "" : ",";
    list += codec::JsonObject()
                .add("name", measure.name)
                .add("inForce", measure.is_in_force)
                .add("detail", measure.detail)
                .text();
  }
  return "[" + list + "]";
}

std::string list_resources(const std::vector<executor::OfferedAmount>& amounts) {
  codec::JsonArray list;
  for (const executor::OfferedAmount& amount : amounts) {
    list.add_raw(codec::JsonObject()
                     .add("name", amount.name)
                     .add("unit", amount.unit)
                     .add("detected", amount.detected)
                     .add("reserved", amount.reserved)
                     .add("offered", amount.offered)
                     .add("detail", amount.detail)
                     .text());
  }
  return list.text();
}

Result<net::Response> host(const ExecutorServices& services) {
  const std::string cluster_id = services.loop.query([](const core::HostTasks& tasks) { return tasks.cluster_id(); });
  return json_answer(codec::JsonObject()
                         .add("host", services.hostname)
                         .add("agentId", services.agent_id)
                         .add("version", build_info().version)
                         .add("runsTasksAs", services.runs_tasks_as)
                         .add("schedulerUrl", services.scheduler_url)
                         .add("clusterId", cluster_id)
                         .add("schedulerTrouble", services.scheduler_trouble())
                         .add_raw("resources", list_resources(services.resources))
                         .add_raw("isolation", list_measures(services.isolation))
                         .add("startedAtMs", services.started_at)
                         .text());
}

Vars collect_vars(const ExecutorServices& services) {
  Vars vars = services.counters.values();
  const auto [active, total] = services.loop.query([](const core::HostTasks& tasks) {
    return std::pair(tasks.list_active().size(), tasks.tasks().size());
  });
  vars["executor_tasks_active"] = static_cast<double>(active);
  vars["executor_tasks_known"] = static_cast<double>(total);
  vars["sys.uptime"] = static_cast<double>((services.clock.now() - services.started_at).ms) / 1000;
  return vars;
}

void append(std::vector<net::Route>& routes, std::vector<net::Route> more) {
  std::move(more.begin(), more.end(), std::back_inserter(routes));
}

// A batch holds up to 4 MiB of configurations (HostQueueLimits), or one that is larger; quoted, they grow.
constexpr size_t kLaunchBytesMax = 32u << 20;

}  // namespace

std::vector<net::Route> executor_routes(const ExecutorServices& services) {
  std::vector<net::Route> routes = {
      with_body(make_route("POST", "/v1/launch",
                           [services](const net::Request& request) { return launch(services, request); }),
                kLaunchBytesMax),
      make_route("POST", "/v1/kill",
                 [services](const net::Request& request) { return kill(services, request); }),
      make_route("GET", "/v1/host", [services](const net::Request&) { return host(services); }),
      executor_openapi_route(),
  };
  append(routes, host_task_routes(services));
  append(routes, host_usage_routes(services));
  if (services.execs != nullptr && services.web_sockets != nullptr) append(routes, host_exec_routes(services));
  append(routes, file_routes(services));
  append(routes, log_routes(services));
  append(routes, observer_routes(services));
  append(routes, vars_routes([services](const auto& say) { return say(collect_vars(services)); }));
  const auto plain_task = [services](const net::Request& request) {
    return plain_task_page(services, request);
  };
  append(routes, page_routes("executor", {{"/"},
                                          {"/task/{id}", plain_task},
                                          {"/shell/{id}"},
                                          {"/process/{id}/{process}"},
                                          {"/logs/{id}/{process}/{run}/{stream}"},
                                          {"/lines/{id}"},
                                          {"/browse/{id}"},
                                          {"/browse/{id}/{path...}"},
                                          {"/file/{id}/{path...}"}}));
  guard(routes, services.secret, services.guards_pages ? Guarded::Everything : Guarded::Changes,
        "give scheduler and executors the same --secret_file; a browser asks for it");
  give_lanes(routes);
  return routes;
}

}  // namespace aurora::api

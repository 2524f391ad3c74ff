// The tasks of one host and their processes, for its pages.
#include "api/handler.h"
#include "api/observer.h"
#include "api/paged_list.h"

namespace aurora::api {
namespace {

using executor::ProcessRunView;
using executor::TaskFilter;
using executor::TaskSummaryView;
using executor::TaskView;

codec::JsonObject summary_object(const TaskSummaryView& view) {
  const core::HostTaskSummary& summary = view.task.summary;
  codec::JsonObject object;
  object.add("taskId", view.id.value())
      .add("role", summary.job.role)
      .add("environment", summary.job.environment)
      .add("name", summary.job.name)
      .add("instance", summary.instance_id)
      .add("user", view.user)
      .add("state", enum_name(view.state))
      .add("isActive", !is_terminal(view.task.status))
      .add("tone", tone_of(view.state))
      .add("message", view.task.message)
      .add("launchTimestampMs", view.task.accepted_at)
      .add("cpu", view.usage.cpus)
      .add("ramBytes", view.usage.resident_bytes)
      .add("diskBytes", view.disk_bytes)
      .add("collectedMs", view.task.collected_at)
      .add_raw("ports", ports_json(summary));
  if (!summary.gpus.empty()) {
    codec::JsonArray gpus;
    for (const std::string& gpu : summary.gpus) gpus.add(gpu);
    object.add_raw("gpus", gpus.text());
  }
  if (const auto& reason = view.task.reason) {
    object.add("endSentence", to_sentence(*reason)).add_raw("endReason", codec::encode_json(*reason));
  }
  return object;
}

std::string encode(const ProcessRunView& view) {
  codec::JsonObject object;
  object.add("name", view.name)
      .add("run", view.run)
      .add("runs", view.runs)
      .add("state", enum_name(view.record.state))
      .add("tone", tone_of(view.record.state))
      .add("startMs", view.record.start_time)
      .add("stopMs", view.record.stop_time)
      .add("returnCode", view.record.return_code);
  if (!view.record.detail.empty()) object.add("detail", view.record.detail);
  if (view.usage) {
    object.add("cpu", view.usage->cpus)
        .add("ramBytes", view.usage->resident_bytes)
        .add("userSecs", view.usage->user_secs)
        .add("systemSecs", view.usage->system_secs)
        .add("threads", view.usage->threads);
  }
  return object.add("cmdline", view.cmdline).text();
}

std::string encode(const std::vector<ProcessRunView>& views) {
  codec::JsonArray array;
  for (const ProcessRunView& view : views) array.add_raw(encode(view));
  return array.text();
}

Result<TaskFilter> filter_of(const net::Request& request) {
  const std::string state = request.find_query("state").value_or("");
  if (state.empty() || state == "all") return TaskFilter::All;
  if (state == "active") return TaskFilter::Active;
  if (state == "finished") return TaskFilter::Finished;
  return Error{ErrorCode::InvalidArgument,
               "Query parameter 'state' is '" + state + "'; use active, finished or all"};
}

Result<net::Response> list_tasks(const ExecutorServices& services, const net::Request& request) {
  TRY(check_query(request, {"state", "offset", "limit"}));
  const Page page = TRY(page_of(request));
  const auto found = services.view.list_tasks(TRY(filter_of(request)), page.offset, page.limit);
  PagedList tasks("tasks");
  tasks.add_all(request, found.tasks,
                [](std::string& out, const TaskSummaryView& view) { out += summary_object(view).text(); });
  tasks.end(page, found.total);
  return tasks.answer();
}

Result<net::Response> get_task(const ExecutorServices& services, const net::Request& request) {
  const TaskView view = TRY(services.view.get_task(core::TaskId(param(request, "taskId"))));
  codec::JsonArray statuses;
  for (const core::RunStateRecord& status : view.statuses) {
    statuses.add_raw(
        codec::JsonObject().add("state", enum_name(status.state)).add("timestampMs", status.at).text());
  }
  return json_answer(summary_object(view.summary)
                         .add("hostname", services.hostname)
                         .add("sandbox", view.sandbox)
                         .add_raw("statuses", statuses.text())
                         .add_raw("processes", encode(view.processes))
                         .add_raw("task", view.task_json)
                         .text());
}

std::string encode(const executor::CheckRecord& check) {
  codec::JsonObject object;
  object.add("timestampMs", check.at).add("durationMs", check.took).add("outcome", enum_name(check.outcome));
  if (!check.reason.empty()) object.add("reason", check.reason);
  return object.text();
}

void add_check(codec::JsonObject& object, const core::HealthPlan& plan) {
  if (const auto* http = std::get_if<core::HttpCheck>(&plan.checker)) {
    object.add("check", "http").add("port", http->port).add("endpoint", http->endpoint);
  } else {
    object.add("check", "shell").add("command", std::get<core::ShellCheck>(plan.checker).command);
  }
  object.add("initialIntervalMs", plan.policy.initial_interval)
      .add("intervalMs", plan.policy.interval)
      .add("timeoutMs", plan.policy.timeout)
      .add("maxConsecutiveFailures", plan.policy.max_consecutive_failures)
      .add("minConsecutiveSuccesses", plan.policy.min_consecutive_successes);
}

Result<net::Response> get_health(const ExecutorServices& services, const net::Request& request) {
  const std::string& task_id = param(request, "taskId");
  const auto record = TRY(services.view.find_health(core::TaskId(task_id)));
  codec::JsonObject object;
  object.add("taskId", task_id).add("isChecked", record.has_value());
  codec::JsonArray results;
  if (record) {
    add_check(object, record->plan);
    object.add("state", enum_name(record->state))
        .add("isOver", record->is_over)
        .add("checks", record->checks)
        .add("consecutiveFailures", record->consecutive_failures)
        .add("consecutiveSuccesses", record->consecutive_successes);
    for (auto check = record->results.rbegin(); check != record->results.rend(); ++check) results.add_raw(encode(*check));
  }
  return json_answer(object.add_raw("results", results.text()).text());
}

// For a scheduler that adopts the task.
Result<net::Response> get_launched(const ExecutorServices& services, const net::Request& request) {
  return json_answer(TRY(services.view.read_launched(core::TaskId(param(request, "taskId")))));
}

std::string encode(const std::vector<executor::UsagePoint>& points) {
  codec::JsonArray array;
  for (const executor::UsagePoint& point : points) {
    array.add_raw(codec::JsonObject()
                      .add("atMs", point.at)
                      .add("cpu", point.cpus)
                      .add("ramBytes", point.memory_bytes)
                      .add("diskBytes", point.disk_bytes)
                      .add("threads", point.threads)
                      .text());
  }
  return array.text();
}

// Of the last hour; nothing is known of one that ended longer ago.
Result<net::Response> get_usage(const ExecutorServices& services, const net::Request& request) {
  const auto history = TRY(services.view.list_usage(core::TaskId(param(request, "taskId"))));
  codec::JsonObject processes;
  std::string whole = "[]";
  for (const auto& [process, points] : history) {
    if (process.empty()) {
      whole = encode(points);
    } else {
      processes.add_raw(process, encode(points));
    }
  }
  return json_answer(
      codec::JsonObject().add_raw("task", whole).add_raw("processes", processes.text()).text());
}

// What lives of it now.
Result<net::Response> get_tree(const ExecutorServices& services, const net::Request& request) {
  codec::JsonArray array;
  for (const executor::LiveProcess& live :
       TRY(services.view.list_live(core::TaskId(param(request, "taskId"))))) {
    codec::JsonObject object;
    object.add("pid", live.pid).add("parent", live.parent).add("depth", live.depth);
    if (!live.process.empty()) object.add("process", live.process);
    array.add_raw(object.add("command", live.command)
                      .add("state", std::string(1, live.state))
                      .add("startMs", live.started)
                      .add("cpuSecs", live.cpu_secs)
                      .add("ramBytes", live.resident_bytes)
                      .add("threads", live.threads)
                      .text());
  }
  return json_answer(codec::JsonObject().add_raw("processes", array.text()).text());
}

Result<net::Response> get_process(const ExecutorServices& services, const net::Request& request) {
  const std::string& name = param(request, "process");
  const auto runs = TRY(services.view.list_runs(core::TaskId(param(request, "taskId")), name));
  return json_answer(codec::JsonObject()
                         .add("name", name)
                         .add("cmdline", runs.empty() ? "" : runs.front().cmdline)
                         .add_raw("runs", encode(runs))
                         .text());
}

}  // namespace

std::string ports_json(const core::HostTaskSummary& summary) {
  codec::JsonObject ports;
  for (const auto& [name, port] : summary.ports) ports.add(name, port);
  return ports.text();
}

std::string_view tone_of(core::RunState state) {
  switch (state) {
    case core::RunState::Active:
    case core::RunState::Success:
      return "ok";
    case core::RunState::Cleaning:
    case core::RunState::Finalizing:
      return "progress";
    case core::RunState::Failed:
      return "failed";
    case core::RunState::Lost:
      return "attention";
    case core::RunState::Killed:
      return "neutral";
  }
  return "neutral";
}

std::string_view tone_of(core::ProcessState state) {
  switch (state) {
    case core::ProcessState::Waiting:
    case core::ProcessState::Forked:
      return "progress";
    case core::ProcessState::Running:
    case core::ProcessState::Success:
      return "ok";
    case core::ProcessState::Failed:
      return "failed";
    case core::ProcessState::Lost:
      return "attention";
    case core::ProcessState::Killed:
      return "neutral";
  }
  return "neutral";
}

std::vector<net::Route> host_task_routes(const ExecutorServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/tasks", bind(list_tasks)),
      make_route("GET", "/v1/tasks/{taskId}", bind(get_task)),
      make_route("GET", "/v1/tasks/{taskId}/health", bind(get_health)),
      make_route("GET", "/v1/tasks/{taskId}/launched", bind(get_launched)),
      make_route("GET", "/v1/tasks/{taskId}/usage", bind(get_usage)),
      make_route("GET", "/v1/tasks/{taskId}/tree", bind(get_tree)),
      make_route("GET", "/v1/tasks/{taskId}/processes/{process}", bind(get_process)),
  };
}

}  // namespace aurora::api

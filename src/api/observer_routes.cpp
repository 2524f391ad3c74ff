// Routes of the classic observer that programs read (spec/thermos-executor.md §21): same addresses, same keys.
#include <algorithm>

#include "aurora/base/split.h"
#include "api/handler.h"
#include "aurora/api/html.h"
#include "api/observer.h"
#include "api/paged_list.h"

namespace aurora::api {
namespace {

using executor::ProcessRunView;
using executor::TaskFilter;
using executor::TaskSummaryView;
using executor::TaskView;

constexpr int64_t kTasksPerPage = 20;
constexpr int64_t kPieceBytesMax = 1 << 20;  // escaped and quoted, it is a few times as long

double to_secs(Instant at) { return static_cast<double>(at.ms) / 1000; }

net::Response html_answer(std::string body, int status = 200) {
  return {.status = status, .content_type = "text/html; charset=utf-8", .body = std::move(body)};
}

std::optional<int64_t> parse_number(const std::string& text) {
  const size_t digits = text.starts_with('-') ? 1 : 0;
  if (text.size() == digits || text.size() > 18 || text.find_first_not_of("0123456789", digits) != std::string::npos) {
    return std::nullopt;
  }
  return std::stoll(text);
}

std::string optional_param(const net::Request& request, const std::string& name) {
  const auto found = request.path_params.find(name);
  return found == request.path_params.end() ? "" : found->second;
}

codec::JsonObject usage_object(const executor::Usage& usage, bool is_active) {
  codec::JsonObject object;
  object.add("cpu", usage.cpus)
      .add("ram", usage.resident_bytes)
      .add("rss", usage.resident_bytes)
      .add("vms", usage.virtual_bytes)
      .add("user", usage.user_secs)
      .add("system", usage.system_secs);
  object.add_raw("nice", is_active ? "0" : "null");
  return object.add("status", is_active ? "sleeping" : "None").add("threads", usage.threads);
}

// --- /j/task_ids

struct Listing {
  TaskFilter filter = TaskFilter::All;
  std::string type = "all";
  int64_t offset = 0;
  int64_t count = kTasksPerPage;
};

Result<Listing> listing_of(const net::Request& request) {
  Listing listing;
  const std::string type = optional_param(request, "type");
  if (!type.empty()) listing.type = type;
  if (listing.type == "active") {
    listing.filter = TaskFilter::Active;
  } else if (listing.type == "finished") {
    listing.filter = TaskFilter::Finished;
  } else if (listing.type != "all") {
    return Error{ErrorCode::NotFound, "Invalid task type: " + listing.type};
  }
  const auto read = [&](const std::string& name, const std::string& what, int64_t& into) -> Status {
    const std::string text = optional_param(request, name);
    if (text.empty()) return Unit{};
    const std::optional<int64_t> value = parse_number(text);
    if (!value || *value < 0) return Error{ErrorCode::NotFound, "Invalid " + what + ": " + text};
    into = *value;
    return Unit{};
  };
  TRY(read("offset", "offset", listing.offset));
  TRY(read("num", "count", listing.count));
  listing.count = std::min<int64_t>(listing.count, 1000);
  return listing;
}

std::string encode_listed(const TaskSummaryView& view) {
  const bool is_active = !is_terminal(view.state);
  codec::JsonObject object;
  object.add("task_id", view.id.value())
      .add("name", view.task.summary.job.name)
      .add("role", view.task.summary.job.role)
      .add("launch_timestamp", view.task.accepted_at.ms / 1000)
      .add("state", enum_name(view.state))
      .add("state_timestamp", view.state_at.ms / 1000)
      .add_raw("ports", ports_json(view.task.summary))
      .add_members(usage_object(view.usage, is_active).text());
  return object.add("disk", view.disk_bytes).text();
}

Result<net::Response> task_ids(const ExecutorServices& services, const net::Request& request) {
  const Listing listing = TRY(listing_of(request));
  const auto page = services.view.list_tasks(listing.filter, static_cast<size_t>(listing.offset),
                                             static_cast<size_t>(listing.count));
  codec::JsonArray tasks;
  for (const TaskSummaryView& view : page.tasks) tasks.add_raw(encode_listed(view));
  return json_answer(codec::JsonObject()
                         .add_raw("tasks", tasks.text())
                         .add("type", listing.type)
                         .add("offset", listing.offset)
                         .add("num", page.tasks.size())
                         .add("task_count", page.total)
                         .text());
}

Result<net::Response> task_id_count(const ExecutorServices& services, const net::Request&) {
  const auto count = [&](TaskFilter filter) { return services.view.list_tasks(filter, 0, 0).total; };
  const size_t active = count(TaskFilter::Active);
  const size_t finished = count(TaskFilter::Finished);
  return json_answer(
      codec::JsonObject().add("active", active).add("finished", finished).add("all", active + finished).text());
}

// --- /j/task

std::string encode_processes_by_state(const std::vector<ProcessRunView>& processes) {
  codec::JsonArray waiting, running, success, failed, killed;
  for (const ProcessRunView& process : processes) {
    codec::JsonArray* into = nullptr;
    switch (process.record.state) {
      case core::ProcessState::Waiting:
      case core::ProcessState::Lost:
        into = &waiting;
        break;
      case core::ProcessState::Forked:
      case core::ProcessState::Running:
        into = &running;
        break;
      case core::ProcessState::Success:
        into = &success;
        break;
      case core::ProcessState::Failed:
        into = &failed;
        break;
      case core::ProcessState::Killed:
        into = &killed;
        break;
    }
    into->add(process.name);
  }
  return codec::JsonObject()
      .add_raw("waiting", waiting.text())
      .add_raw("running", running.text())
      .add_raw("success", success.text())
      .add_raw("failed", failed.text())
      .add_raw("killed", killed.text())
      .text();
}

std::string encode_task(const TaskView& view) {
  const TaskSummaryView& summary = view.summary;
  codec::JsonObject consumption = usage_object(summary.usage, !is_terminal(summary.state));
  return codec::JsonObject()
      .add("task_id", summary.id.value())
      .add("name", summary.task.summary.job.name)
      .add("user", summary.user)
      .add("launch_timestamp", summary.task.accepted_at.ms / 1000)
      .add("state", enum_name(summary.state))
      .add("state_timestamp", summary.state_at.ms / 1000)
      .add_raw("ports", ports_json(summary.task.summary))
      .add_raw("resource_consumption", consumption.add("disk", summary.disk_bytes).text())
      .add_raw("processes", encode_processes_by_state(view.processes))
      .add_raw("task", view.task_json)
      .text();
}

std::vector<std::string> requested_ids(const net::Request& request) {
  const std::string id = optional_param(request, "id");
  return id.empty() ? split(request.find_query("task_id").value_or(""), ',') : std::vector<std::string>{id};
}

Result<net::Response> task_json(const ExecutorServices& services, const net::Request& request) {
  codec::JsonObject object;
  // As many as one answer may hold: like one that is unknown, a task that is left out is to be asked for by itself.
  size_t bytes = 0;
  for (const std::string& id : requested_ids(request)) {
    if (request.is_abandoned()) break;
    const Result<TaskView> view = services.view.get_task(core::TaskId(id));
    if (!view.ok()) continue;
    const std::string json = encode_task(*view);
    if (bytes > 0 && bytes + json.size() > kAnswerBytesMax) break;
    bytes += json.size();
    object.add_raw(id, json);
  }
  return json_answer(object.text());
}

// --- /j/process

std::string encode_run(const ProcessRunView& view) {
  codec::JsonObject object;
  object.add("process_name", view.name).add("process_run", view.run).add("state", enum_name(view.record.state));
  if (view.record.start_time) object.add("start_time", to_secs(*view.record.start_time));
  if (view.record.stop_time) object.add("stop_time", to_secs(*view.record.stop_time));
  object.add("return_code", view.record.return_code);
  if (view.usage) object.add_raw("used", usage_object(*view.usage, true).text());
  return object.text();
}

Result<net::Response> process_json(const ExecutorServices& services, const net::Request& request) {
  const auto runs = services.view.list_runs(core::TaskId(param(request, "id")), param(request, "process"));
  const std::string text = optional_param(request, "run");
  const std::optional<int64_t> wanted = text.empty() ? std::optional<int64_t>(-1) : parse_number(text);
  if (!runs.ok() || !wanted) return json_answer("{}");
  const auto count = static_cast<int64_t>(runs->size());
  const int64_t index = *wanted < 0 ? count + *wanted : *wanted;  // negative: from the end
  if (index < 0 || index >= count) return json_answer("{}");
  return json_answer(encode_run(runs->at(static_cast<size_t>(index))));
}

Result<net::Response> processes_json(const ExecutorServices& services, const net::Request& request) {
  codec::JsonObject object;
  size_t bytes = 0;
  for (const std::string& id : requested_ids(request)) {
    const Result<TaskView> view = services.view.get_task(core::TaskId(id));
    if (!view.ok()) continue;
    codec::JsonObject processes;
    for (const ProcessRunView& process : view->processes) processes.add_raw(process.name, encode_run(process));
    const std::string json = processes.text();
    if (bytes > 0 && bytes + json.size() > kAnswerBytesMax) break;
    bytes += json.size();
    object.add_raw(id, json);
  }
  return json_answer(object.text());
}

// --- /logdata, /filedata: {"offset", "length", "data"}; {} for what is not there (§21.6)

Result<net::Response> piece_json(const Result<executor::SandboxFile>& file, const net::Request& request) {
  const auto offset = parse_number(request.find_query("offset").value_or("-1"));
  const auto length = parse_number(request.find_query("length").value_or("-1"));
  if (!file.ok() || file->is_folder() || !offset || !length) return json_answer("{}");
  const int64_t from = *offset < 0 ? file->bytes() : *offset;
  const int64_t available = std::max<int64_t>(0, file->bytes() - from);
  const int64_t wanted = std::min({*length < 0 ? available : *length, available, kPieceBytesMax});
  const std::string data = TRY(file->read(from, static_cast<size_t>(wanted)));
  codec::JsonObject object;
  object.add("offset", from).add("length", data.size());
  if (!data.empty()) object.add("data", escape_html(data));
  return json_answer(object.text());
}

Result<net::Response> log_data(const ExecutorServices& services, const net::Request& request) {
  const std::optional<int64_t> run = parse_number(param(request, "run"));
  if (!run || *run < 0 || *run > core::kProcessRunsMax) return json_answer("{}");
  return piece_json(services.view.open_log(core::TaskId(param(request, "id")), param(request, "process"),
                                           static_cast<int32_t>(*run), param(request, "stream")),
                    request);
}

Result<net::Response> file_data(const ExecutorServices& services, const net::Request& request) {
  return piece_json(services.view.open_file(core::TaskId(param(request, "id")), param(request, "path")), request);
}

// --- HTML for those who look with curl

Result<net::Response> raw_task(const ExecutorServices& services, const net::Request& request) {
  const std::string& id = param(request, "id");
  const TaskView view = TRY(services.view.get_task(core::TaskId(id)));
  return html_answer("<!doctype html><title>thermos(" + escape_html(services.hostname) +
                     ")</title><h3>task " + escape_html(id) + "</h3><pre>" +
                     escape_html(codec::indent_json(view.task_json, 4)) + "</pre>");
}

std::string main_row(const TaskSummaryView& view) {
  const std::string id = escape_html(view.id.value());
  return "<tr><td>" + escape_html(view.task.summary.job.name) + "</td><td>" +
         escape_html(view.task.summary.job.role) + "</td><td>" + to_iso8601(view.task.accepted_at) +
         "</td><td>" + std::string(enum_name(view.state)) + " @ " + to_iso8601(view.state_at) +
         "</td><td><a href=\"/task/" + id + "\">info</a></td><td><a href=\"/browse/" + id +
         "\">browse</a></td></tr>";
}

Result<net::Response> main_table(const ExecutorServices& services, const net::Request& request) {
  const Listing listing = TRY(listing_of(request));
  const auto page = services.view.list_tasks(listing.filter, static_cast<size_t>(listing.offset),
                                             static_cast<size_t>(listing.count));
  const int64_t total = static_cast<int64_t>(page.total);
  std::string html = "<table><tr><th colspan=4>" + listing.type + " tasks " + std::to_string(listing.offset) + "..." +
                     std::to_string(std::min(total, listing.offset + listing.count) - 1) + " of " +
                     std::to_string(total) +
                     "</th></tr><tr><th>name</th><th>role</th><th>launched</th><th>status</th><th>task</th>"
                     "<th>chroot</th></tr>";
  for (const TaskSummaryView& view : page.tasks) html += main_row(view);
  return html_answer(html + "</table>");
}

}  // namespace

std::vector<net::Route> observer_routes(const ExecutorServices& services) {
  std::vector<net::Route> routes;
  const auto add = [&](std::string pattern, auto handler) {
    routes.push_back(make_route("GET", std::move(pattern), [services, handler](const net::Request& request) {
      return handler(services, request);
    }));
  };
  for (const char* more : {"", "/{type}", "/{type}/{offset}", "/{type}/{offset}/{num}"}) {
    add(std::string("/j/task_ids") + more, task_ids);
    add(std::string("/main") + more, main_table);
  }
  add("/j/task_id_count", task_id_count);
  add("/j/task", task_json);
  add("/j/task/{id}", task_json);
  add("/j/process/{id}/{process}", process_json);
  add("/j/process/{id}/{process}/{run}", process_json);
  add("/j/processes", processes_json);
  add("/logdata/{id}/{process}/{run}/{stream}", log_data);
  add("/filedata/{id}/{path...}", file_data);
  add("/rawtask/{id}", raw_task);
  return routes;
}

}  // namespace aurora::api

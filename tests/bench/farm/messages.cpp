#include "farm/messages.h"

#include "aurora/base/build_info.h"
#include "aurora/codec/json_fields.h"
#include "aurora/net/http.h"

namespace aurora::farm {
namespace {

struct LaunchedTask {
  core::TaskId id;
  int32_t instance_id = 0;
  int32_t config = 0;  // its number
  std::map<std::string, int32_t> assigned_ports;
};
void fields(Is<LaunchedTask> auto& t, auto&& visit) {
  visit("taskId", t.id);
  visit("instanceId", t.instance_id);
  visit("task", t.config);
  visit("assignedPorts", t.assigned_ports);
}

struct LaunchGroup {
  int32_t config = 0;  // its number
  std::vector<LaunchedTask> tasks;
};
void fields(Is<LaunchGroup> auto& g, auto&& visit) {
  visit("configuration", g.config);
  visit("tasks", g.tasks);
}

struct LaunchRequest {
  std::vector<LaunchGroup> groups;
  std::vector<LaunchedTask> tasks;  // of an older scheduler
};
void fields(Is<LaunchRequest> auto& r, auto&& visit) {
  visit("groups", r.groups);
  visit("tasks", r.tasks);
}

struct KillRequest {
  std::vector<core::TaskId> task_ids;
};
void fields(Is<KillRequest> auto& r, auto&& visit) { visit("taskIds", r.task_ids); }

template <typename T>
Result<T> decode(std::string_view body) {
  const codec::JsonValue json = TRY(codec::JsonValue::parse(body));
  return codec::decode_json<T>(json, codec::UnknownFields::Ignore);
}

// Behind the JSON object or list that begins at `begin`.
size_t end_of(std::string_view text, size_t begin) {
  int depth = 0;
  bool is_in_string = false;
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      is_in_string = !is_in_string;
    } else if (c == '\\') {
      ++i;  // only in strings
    } else if (!is_in_string && (c == '{' || c == '[')) {
      ++depth;
    } else if (!is_in_string && (c == '}' || c == ']')) {
      if (--depth == 0) return i + 1;
    }
  }
  return text.size();
}

}  // namespace

Result<int32_t> OrderReader::number_of(std::string_view config) {
  const auto [entry, is_new] = numbers_.try_emplace(std::string(config), static_cast<int32_t>(configs_.size()));
  if (is_new) configs_.emplace_back(TRY(decode<core::TaskConfig>(config)));
  return entry->second;
}

// The same with a number in place of each configuration, which is nearly all of it.
Result<std::string> OrderReader::take_out_configs(std::string_view body) {
  constexpr std::string_view kOfTask = "\"task\":";
  constexpr std::string_view kOfGroup = "\"configuration\":";
  std::string rest;
  size_t done = 0;
  for (;;) {
    const size_t of_task = body.find(kOfTask, done);
    const size_t of_group = body.find(kOfGroup, done);
    if (of_task == body.npos && of_group == body.npos) break;
    const size_t begin = of_group < of_task ? of_group + kOfGroup.size() : of_task + kOfTask.size();
    const size_t end = end_of(body, begin);
    rest.append(body, done, begin - done);
    rest += std::to_string(TRY(number_of(body.substr(begin, end - begin))));
    done = end;
  }
  rest.append(body, done);
  return rest;
}

Result<core::LaunchRequested> OrderReader::read_launch(std::string_view body) {
  LaunchRequest request = TRY(decode<LaunchRequest>(TRY(take_out_configs(body))));
  core::LaunchRequested launch;
  const auto take = [&](LaunchedTask& launched, int32_t config) {
    core::Task task;
    task.id = std::move(launched.id);
    task.instance_id = launched.instance_id;
    task.config = configs_.at(static_cast<size_t>(config));
    task.assigned_ports = std::move(launched.assigned_ports);
    launch.tasks.push_back(std::move(task));
  };
  for (LaunchGroup& group : request.groups) {
    for (LaunchedTask& launched : group.tasks) take(launched, group.config);
  }
  for (LaunchedTask& launched : request.tasks) take(launched, launched.config);
  return launch;
}

Result<core::KillRequested> OrderReader::read_kill(std::string_view body) {
  return core::KillRequested{TRY(decode<KillRequest>(body)).task_ids};
}

std::string report_target(const core::HostId& host) { return "/v1/hosts/" + net::url_encode(host.value()) + "/report"; }

std::string encode_report(const core::ReportTasks& report) { return codec::encode_json(report); }

std::optional<core::ReportTasks::Answer> read_answer(int status, std::string_view body) {
  if (status != 200) return std::nullopt;
  const auto answer = decode<core::ReportTasks::Answer>(body);
  return answer.ok() ? std::optional(*answer) : std::nullopt;
}

std::string describe_host(const core::Host& host, const std::string& cluster_id) {
  return codec::JsonObject()
      .add("host", host.id.value())
      .add("agentId", host.agent_id)
      .add("version", build_info().version)
      .add("clusterId", cluster_id)
      .text();
}

}  // namespace aurora::farm

#include "farm/messages.h"

#include "aurora/base/build_info.h"
#include "aurora/codec/json_fields.h"
#include "aurora/net/http.h"

namespace aurora::farm {
namespace {

struct LaunchedConfig {
  core::JobKey job;
  core::Resources resources;
};
void fields(Is<LaunchedConfig> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("resources", c.resources);
}

struct LaunchedTask {
  core::TaskId id;
  int32_t instance_id = 0;
  LaunchedConfig config;
  std::map<std::string, int32_t> assigned_ports;
};
void fields(Is<LaunchedTask> auto& t, auto&& visit) {
  visit("taskId", t.id);
  visit("instanceId", t.instance_id);
  visit("task", t.config);
  visit("assignedPorts", t.assigned_ports);
}

struct LaunchRequest {
  std::vector<LaunchedTask> tasks;
};
void fields(Is<LaunchRequest> auto& r, auto&& visit) { visit("tasks", r.tasks); }

struct KillRequest {
  std::vector<core::TaskId> task_ids;
};
void fields(Is<KillRequest> auto& r, auto&& visit) { visit("taskIds", r.task_ids); }

template <typename T>
Result<T> decode(std::string_view body) {
  const codec::JsonValue json = TRY(codec::JsonValue::parse(body));
  return codec::decode_json<T>(json, codec::UnknownFields::Ignore);
}

}  // namespace

const core::TaskConfigRef& OrderReader::config_of(const core::JobKey& job, const core::Resources& resources) {
  core::TaskConfigRef& config = configs_[job];
  if (config.empty()) {
    core::TaskConfig made;
    made.job = job;
    made.resources = resources;
    config = core::TaskConfigRef(std::move(made));
  }
  return config;
}

Result<core::LaunchRequested> OrderReader::read_launch(std::string_view body) {
  LaunchRequest request = TRY(decode<LaunchRequest>(body));
  core::LaunchRequested launch;
  for (LaunchedTask& launched : request.tasks) {
    core::Task task;
    task.id = std::move(launched.id);
    task.instance_id = launched.instance_id;
    task.config = config_of(launched.config.job, launched.config.resources);
    task.assigned_ports = std::move(launched.assigned_ports);
    launch.tasks.push_back(std::move(task));
  }
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

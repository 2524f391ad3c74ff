#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "aurora/core/commands/command.h"

namespace aurora::codec {
namespace {

TEST_CASE("a task without its configuration is refused") {
  CHECK(decode_json<core::Task>(R"({"taskId":"t"})").error().message == "task: missing");
}

TEST_CASE("core values keep everything") {
  core::TaskConfig config;
  config.job = {"www", "prod", "web"};
  config.resources.ports = {"http"};
  config.container = core::DockerContainer{"image", {{"k", "v"}}};
  config.sla_policy = core::CountSlaPolicy{3, 60};
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", R"({"a": 1})"};
  config.constraints = {{"rack", core::ValueConstraint{true, {"a"}}}};
  CHECK(*decode_json<core::TaskConfig>(encode_json(config)) == config);

  core::ReportTasks report;
  report.host_id = core::HostId("h");
  report.host.emplace().attributes = {{"host", {"h"}}};
  report.tasks = {{core::TaskId("t"), core::TaskStatus::Failed, "why", Instant{5}}};
  const auto read = decode_json<core::ReportTasks>(encode_json(report));
  CHECK(read->host == report.host);
  CHECK(read->tasks[0].message == "why");
}

}  // namespace
}  // namespace aurora::codec

#include <catch2/catch.hpp>

#include "aurora/codec/task_payload.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::codec;

namespace {

Result<BoundTask> bind_job(const std::string& more, const std::map<std::string, int32_t>& ports) {
  core::TaskConfig config = test::a_config("www-data/devel/hello");
  config.executor_config = core::ExecutorConfig{
      "AuroraExecutor", R"({"task": {"processes": [{"name": "p", "cmdline": "x"}]})" + more + "}"};
  core::Task task;
  task.id = core::TaskId("task-id");
  task.instance_id = 3;
  task.assigned_ports = ports;
  task.config = core::TaskConfigRef(config);
  return bind_payload(task, "h1");
}

BoundTask bound(const std::string& more, const std::map<std::string, int32_t>& ports) {
  auto task = bind_job(more, ports);
  REQUIRE(task.ok());
  return std::move(task).value();
}

const std::map<std::string, int32_t> kHealthPort{{"health", 31001}};

}  // namespace

TEST_CASE("a health port is checked by HTTP, with the defaults of the original") {
  const core::HealthPlan usual{core::HttpCheck{31001, "/health", "ok", 0}};
  CHECK(bound("", kHealthPort).health == usual);
  CHECK(bound(R"(, "health_check_config": {"health_checker": {"http": {}}})", kHealthPort).health == usual);
  CHECK(bound(R"(, "announce": {"portmap": {"health": "http"}})", {{"http", 31001}}).health == usual);
  CHECK(usual.policy == core::HealthPolicy{seconds(15), seconds(10), seconds(1), 0, 1});
  CHECK_FALSE(bound("", {{"http", 31001}}).health.has_value());
  CHECK_FALSE(bound(R"(, "health_check_config": {"health_checker": {"http": {}}})", {}).health.has_value());
}

TEST_CASE("everything about a health check can be said") {
  const core::HealthPlan plan{core::HttpCheck{31001, "/alive/3", "", 204},
                              {milliseconds(2500), milliseconds(500), milliseconds(250), 4, 5}};
  CHECK(
      bound(
          R"(, "health_check_config": {"initial_interval_secs": 2.5, "interval_secs": 0.5, "timeout_secs": 0.25,
                   "max_consecutive_failures": 4, "min_consecutive_successes": 5, "health_checker": {"http": {
                   "endpoint": "/alive/{{mesos.instance}}", "expected_response": "", "expected_response_code": 204}}})",
          kHealthPort)
          .health == plan);
  const core::HealthPlan older{core::HttpCheck{31001, "/alive", "yes", 0},
                               {seconds(60), seconds(10), seconds(1), 0, 1}};
  CHECK(
      bound(
          R"(, "health_check_config": {"initial_interval_secs": 60, "endpoint": "/alive", "expected_response": "yes"})",
          kHealthPort)
          .health == older);
}

TEST_CASE("a shell check wins, knows the assigned ports, and keeps what it does not know") {
  const auto command = [](const std::string& text, const std::map<std::string, int32_t>& ports) {
    const auto plan =
        bound(R"(, "announce": {"portmap": {"alias": "http"}}, "health_check_config": {"health_checker":
                               {"http": {}, "shell": {"shell_command": ")" +
                  text + R"("}}})",
              ports)
            .health;
    return std::get<core::ShellCheck>(plan->checker).command;
  };
  CHECK(command("true", kHealthPort) == "true");
  CHECK(command("{{thermos.task_id}} {{mesos.instance}} {{thermos.ports[http]}}", {{"http", 80}}) ==
        "task-id 3 80");
  CHECK(command("{{thermos.ports[alias]}} {{foo}}", {{"http", 80}}) == "{{thermos.ports[alias]}} {{foo}}");
}

TEST_CASE("a task is asked to end by HTTP if its lifecycle and its ports say so") {
  const std::string lifecycle = R"(, "lifecycle": {"http": {}})";
  CHECK(bound(lifecycle, kHealthPort).shutdown ==
        core::ShutdownPlan{31001, "/quitquitquit", "/abortabortabort", seconds(5), seconds(5)});
  CHECK_FALSE(bound(lifecycle, {}).shutdown.has_value());
  CHECK_FALSE(bound(R"(, "lifecycle": {})", kHealthPort).shutdown.has_value());
  CHECK_FALSE(bound("", kHealthPort).shutdown.has_value());
  CHECK(
      bound(
          R"(, "lifecycle": {"http": {"port": "admin", "graceful_shutdown_endpoint": "/q", "shutdown_endpoint": "/a",
                   "graceful_shutdown_wait_secs": 1, "shutdown_wait_secs": 2}})",
          {{"admin", 80}})
          .shutdown == core::ShutdownPlan{80, "/q", "/a", seconds(1), seconds(2)});
}

TEST_CASE("what no host could do is refused, and numbers are made harmless") {
  const auto fault = [](const std::string& checker) {
    const auto task =
        bind_job(R"(, "health_check_config": {"health_checker": )" + checker + "}", kHealthPort);
    return task.ok() ? "" : task.error().message;
  };
  CHECK(fault(R"({"shell": {}})").find("shell_command") != std::string::npos);
  CHECK(fault(R"({"shell": {"shell_command": ")" + std::string(131'072, 'x') + "\"}}") ==
        "shell_command is 131,072 bytes long; Linux runs commands of at most 131,071");
  CHECK(fault(R"({"shell": {"shell_command": "true\u0000false"}})") ==
        "shell_command holds a NUL character, which no program can be given");
  CHECK(fault(R"({"http": {"endpoint": "/)" + std::string(2048, 'x') + "\"}}") ==
        "endpoint is 2,049 bytes long; at most 2,048 are sent");
  const auto extremes =
      bound(R"(, "health_check_config": {"initial_interval_secs": 1e300, "interval_secs": -1,
      "timeout_secs": "x", "max_consecutive_failures": -5, "min_consecutive_successes": 99999999999})",
            kHealthPort);
  const core::HealthPolicy& policy = extremes.health->policy;
  CHECK(policy.initial_interval == hours(24) * 36'500);
  CHECK(policy.interval == Duration{});
  CHECK(policy.timeout == seconds(1));
  CHECK(policy.max_consecutive_failures == 0);
  CHECK(policy.attempts_max() > 0);
}

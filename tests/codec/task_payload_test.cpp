#include "aurora/codec/task_payload.h"

#include <catch2/catch.hpp>
#include <functional>

#include "codec/interpolate.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::codec;

namespace {

core::Task task_with(const std::string& data) {
  core::TaskConfig config = test::a_config("www-data/devel/hello");
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", data};
  core::Task task;
  task.id = core::TaskId("www-data-devel-hello-3-uuid");
  task.instance_id = 3;
  task.assigned_ports = {{"http", 31005}};
  task.config = core::TaskConfigRef(config);
  return task;
}

std::string job_with(const std::string& cmdline, const std::string& more = "") {
  return R"({"role": "www-data", "task": {"processes": [{"name": "p", "cmdline": ")" + cmdline + R"("}]})" +
         more + "}";
}

std::string job_with_logger(const std::string& logger) {
  return R"({"task": {"processes": [{"name": "p", "cmdline": "x", "logger": )" + logger + "}]}}";
}

}  // namespace

TEST_CASE("references are replaced, escaped ones lose their ampersand") {
  struct Case {
    std::string text;
    std::string result;
    std::vector<std::string> unbound;
  };
  const Case cases[] = {
      {"plain", "plain", {}},
      {"{{a}}", "1", {}},
      {"{{a}}{{b}}", "12", {}},
      {"{{c}}", "1", {}},           // what comes in is looked at again
      {"{{l[{{a}}]}}", "one", {}},  // and so are indexes
      {"{{&a}}", "{{a}}", {}},
      {"{{x}}", "{{x}}", {"x"}},
      {"{{{a}}}", "{1}", {}},
      {"{{ a }}", "{{ a }}", {}},  // no reference: blanks
      {"{{}}", "{{}}", {}},
      {"{a}", "{a}", {}},
      {R"(awk '{ print $1 }' {"a":{"b":1}})", R"(awk '{ print $1 }' {"a":{"b":1}})", {}},
      {"{{1a}}", "{{1a}}", {}},
      {"{{a}b}} {{a{b}} }}{{a}}", "{{a}b}} {{a{b}} }}1", {}},
      {"{{l[{]}}", "{{l[{]}}", {}},
      {"{{p.q[r-1]}}", "{{p.q[r-1]}}", {"p.q[r-1]"}},
  };
  const std::map<std::string, std::string> values{{"a", "1"}, {"b", "2"}, {"c", "{{a}}"}, {"l[1]", "one"}};
  for (const Case& c : cases) {
    const Interpolated done = interpolate(c.text, values);
    CHECK(done.text == c.result);
    CHECK(done.unbound == c.unbound);
  }
}

TEST_CASE("a reference to itself comes to an end") {
  CHECK(interpolate("{{a}}", {{"a", "{{a}}"}}).unbound == std::vector<std::string>{"a"});
}

TEST_CASE("a text of nothing but braces is read once") {
  for (const char* piece : {"}", "{", "{{", "{{a}", "}}{{"}) {
    std::string text;
    while (text.size() < 4'000'000) text += piece;
    CHECK(interpolate(text, {{"a", "1"}}).text == text);
  }
}

TEST_CASE("a long chain of port names is followed a bounded way") {
  std::string portmap = R"("p0": "http")";
  for (int i = 1; i < 900; ++i)
    portmap += R"(, "p)" + std::to_string(i) + R"(": "p)" + std::to_string(i - 1) + '"';
  const auto bound =
      bind_payload(task_with(job_with("x", R"(, "announce": {"portmap": {)" + portmap + "}}")), "h1");
  REQUIRE(bound.ok());
  CHECK(bound->ports.at("p50") == 31005);
  CHECK_FALSE(bound->ports.contains("p899"));
}

TEST_CASE("a payload bound to its task and host") {
  const auto bound = bind_payload(
      task_with(
          job_with("{{thermos.task_id}} {{mesos.instance}} {{mesos.hostname}} {{thermos.ports[http]}}")),
      "h1");
  REQUIRE(bound.ok());
  REQUIRE(bound->plan.processes.size() == 1);
  const core::ProcessPlan& process = bound->plan.processes[0];
  CHECK(process.cmdline == "www-data-devel-hello-3-uuid 3 h1 31005");
  CHECK(process.max_failures == 1);
  CHECK(process.min_duration == seconds(5));
  CHECK(bound->plan.finalization_wait == seconds(30));
}

TEST_CASE("every field of the task counts, unknown ones do not") {
  const auto bound =
      bind_payload(task_with(R"({"future": 1, "task": {"name": "n", "max_failures": 3, "later": {},
    "max_concurrency": 2, "finalization_wait": 4, "constraints": [{"order": ["a", "b"]}],
    "processes": [{"name": "a", "cmdline": "x", "max_failures": 0, "min_duration": 1, "new": []},
                  {"name": "b", "cmdline": "y", "daemon": true},
                  {"name": "c", "cmdline": "z", "ephemeral": true},
                  {"name": "d", "cmdline": "z", "final": true}]}})"),
                   "h1");
  REQUIRE(bound.ok());
  const core::TaskPlan& plan = bound->plan;
  CHECK(plan.max_failures == 3);
  CHECK(plan.max_concurrency == 2);
  CHECK(plan.finalization_wait == seconds(4));
  CHECK(plan.orders == std::vector<std::vector<std::string>>{{"a", "b"}});
  CHECK(plan.processes[0].max_failures == 0);
  CHECK(plan.processes[0].min_duration == seconds(1));
  CHECK(plan.processes[1].daemon);
  CHECK(plan.processes[2].ephemeral);
  CHECK(plan.processes[3].final);
}

TEST_CASE("a process says where its output goes") {
  const auto policy_of = [](const std::string& logger) {
    return bind_payload(task_with(job_with_logger(logger)), "h1").value().plan.processes.at(0).log;
  };
  using enum core::LogDestination;
  CHECK(policy_of("{}") == core::LogPolicy{});
  CHECK(policy_of(R"({"destination": "console", "mode": "standard"})").destination == Console);
  CHECK(policy_of(R"({"mode": "rotate", "rotate": {"log_size": 1000, "backups": 3}})") ==
        core::LogPolicy{File, core::LogMode::Rotate, 1000, 3});
  CHECK(policy_of(R"({"mode": "rotate"})") == core::LogPolicy{File, core::LogMode::Rotate, 100 << 20, 5});
}

TEST_CASE("a process that says nothing of its output has the host's policy, one that says anything has none of it") {
  const core::LogPolicy host{core::LogDestination::Both, core::LogMode::Rotate, 1000, 2};
  const auto policy_of = [&](const std::string& job) {
    return bind_payload(task_with(job), "h1", host).value().plan.processes.at(0).log;
  };
  CHECK(policy_of(R"({"task": {"processes": [{"name": "p", "cmdline": "true"}]}})") == host);
  CHECK(policy_of(job_with_logger("{}")) == core::LogPolicy{});
  CHECK(policy_of(job_with_logger(R"({"mode": "rotate"})")).bytes_max == 100 << 20);
}

TEST_CASE("the announcer's port map gives ports further names") {
  const auto bound = bind_payload(
      task_with(
          job_with("{{thermos.ports[aurora]}} {{thermos.ports[admin]}}",
                   R"(, "announce": {"portmap": {"aurora": "http", "admin": 8080, "nowhere": "missing"}})")),
      "h1");
  REQUIRE(bound.ok());
  CHECK(bound->plan.processes[0].cmdline == "31005 8080");
  CHECK(bound->ports == std::map<std::string, int32_t>{{"admin", 8080}, {"aurora", 31005}, {"http", 31005}});
}

TEST_CASE("what every host would refuse is known before there is a host") {
  struct Case {
    std::string data;
    std::string message;
  };
  std::string portmap;
  for (int i = 0; i < 1'001; ++i) portmap += (i == 0 ? "\"p" : ", \"p") + std::to_string(i) + "\": 1";
  const Case cases[] = {
      {"", "Task did not have a thermos config!"},
      {"{}", "Could not deserialize thermos config: it has no task"},
      {job_with("{{thermos.ports[admin]}}"), "Task requires unbound port admin!"},
      {job_with(std::string(131'072, 'x')),
       "process \"p\" has a command line of 131,072 bytes; at most 131,071 can be executed: put it into a "
       "file of the "
       "sandbox"},
      {job_with("a\\u0000b"), "Task has invalid process: the command line of p holds a NUL character"},
      {job_with("x", R"(, "announce": {"portmap": {)" + portmap + "}}"),
       "announce.portmap has 1,001 names; at most 1,000 are followed"},
      {job_with_logger(R"({"mode": "rotate", "rotate": {"log_size": 0}})"),
       "Log size cannot be less than one byte."},
      {job_with_logger(R"({"mode": "rotate", "rotate": {"backups": 1001}})"),
       "Log backups cannot be more than 1,000."},
  };
  for (const Case& c : cases) {
    CAPTURE(c.data.substr(0, 200));
    const Status status = check_runnable(*task_with(c.data).config);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().message == c.message);
  }
}

TEST_CASE("no host runs a task as root") {
  core::TaskConfig config = *task_with(job_with("true")).config;
  config.job.role = "root";
  CHECK(check_runnable(config).error().message ==
        "the role is root, which tasks must not become: name another user of the hosts");
}

TEST_CASE("what fits on any host is accepted: references to its name, ports and instance are filled in") {
  core::TaskConfig config =
      *task_with(job_with(std::string(130'900, 'x') +
                          " {{mesos.hostname}} {{mesos.instance}} "
                          "{{thermos.task_id}} {{thermos.ports[http]}} {{thermos.user}}"))
           .config;
  CHECK_FALSE(check_runnable(config).ok());
  config.resources.ports = {"http"};
  REQUIRE(check_runnable(config).ok());
}

TEST_CASE("what a configuration asks for and is not done is listed by name") {
  const auto listed = [&](const std::string& more,
                          const std::function<void(core::TaskConfig&)>& change = {}) {
    core::TaskConfig config = *task_with(job_with("x", more)).config;
    if (change) change(config);
    std::string text;
    for (const std::string& line : list_unsupported(config))
      text += line.substr(0, line.find(" is not acted upon by this version: ")) + ";";
    return text;
  };
  CHECK(listed("").empty());
  CHECK(listed(R"(, "health_check_config": {"health_checker": {"http": {}}}, "lifecycle": {"http": {"port": "health"}})",
               [](auto& c) { c.resources.ports = {"health"}; }) == "");
  CHECK(listed(R"(, "announce": {"portmap": {"health": "http"}})",
               [](auto& c) { c.resources.ports = {"http"}; }) == "announce;");
  CHECK(listed("", [](auto& c) { c.container = core::DockerContainer{"image", {}}; }).empty());
}

TEST_CASE("a role that is a reference to itself costs nothing") {
  core::Task task = task_with(job_with("{{thermos.user}}"));
  core::TaskConfig config = *task.config;
  config.job.role = "{{thermos.user}}{{thermos.user}}";
  CHECK_THAT(check_runnable(config).error().message,
             Catch::StartsWith("the role '" + config.job.role + "' is no name"));
}

TEST_CASE("payloads that cannot run say why") {
  struct Case {
    std::string data;
    std::string message;
  };
  const Case cases[] = {
      {"", "Task did not have a thermos config!"},
      {R"({"role": "x"})", "Could not deserialize thermos config: it has no task"},
      {R"({"task": {"processes": []}})", "Task has no processes."},
      {job_with("{{thermos.ports[admin]}}"), "Task requires unbound port admin!"},
      {job_with("{{profile.x}} {{other}}"), "Failed to interpolate task, missing: other profile.x"},
      {job_with_logger(R"({"destination": "printer"})"), "Logger destination printer is invalid."},
      {job_with_logger(R"({"mode": "sideways"})"), "Logger mode sideways is invalid."},
      {job_with_logger(R"({"mode": "rotate", "rotate": {"log_size": 0}})"),
       "Log size cannot be less than one byte."},
      {job_with_logger(R"({"mode": "rotate", "rotate": {"backups": 0}})"),
       "Log backups cannot be less than one."},
  };
  for (const Case& c : cases) {
    CAPTURE(c.data);
    const auto bound = bind_payload(task_with(c.data), "h1");
    REQUIRE_FALSE(bound.ok());
    CHECK(bound.error().message == c.message);
  }
  const auto broken = bind_payload(task_with("{not json"), "h1");
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.error().message.starts_with("Could not deserialize thermos config: "));
}

#include "aurora/api/webhook.h"

#include <catch2/catch.hpp>
#include <future>

#include "api/webhook_body.h"
#include "aurora/codec/json_value.h"
#include "scheduler_bench.h"
#include "support/http_fake.h"

namespace aurora::api {
namespace {

constexpr char kOrigin[] = "http://hooks:5000";

// A server that notes what it gets, and answers as it is told.
struct Hooks {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<net::Request> got;
  std::vector<int> answers;  // the next ones; then 200

  explicit Hooks(test::FakeHttpClient& http) {
    http.serve(kOrigin, [this](const net::Request& request) {
      const std::lock_guard lock(mutex);
      got.push_back(request);
      changed.notify_all();
      net::Response answer;
      if (!answers.empty()) {
        answer.status = answers.front();
        answers.erase(answers.begin());
      }
      return answer;
    });
  }
  bool gets(size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), [&] { return got.size() >= count; });
  }
};

WebhookConfig a_config() {
  return {.headers = {{"Content-Type", "application/x-test"}},
          .target_url = std::string(kOrigin) + "/events",
          .timeout = seconds(1),
          .rest_min = milliseconds(1)};
}

scheduler::TaskTransition a_transition(core::TaskStatus from, core::TaskStatus to, int32_t instance = 0) {
  return {test::a_task({.status = to, .instance = instance}), from, "agent-1"};
}

std::vector<scheduler::TaskTransition> some(int count) {
  std::vector<scheduler::TaskTransition> all;
  for (int i = 0; i < count; ++i) all.push_back(a_transition(core::TaskStatus::Pending, core::TaskStatus::Assigned, i));
  return all;
}

int instance_in(const net::Request& request) {
  const auto body = codec::JsonValue::parse(request.body);
  return static_cast<int>(body->find("task")->find("assignedTask")->int_or("instanceId", -1));
}

bool becomes(Counters& counters, const char* name, double value) {
  for (int i = 0; i < 2'000'000; ++i) {
    if (counters.values()[name] == value) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_CASE("a webhook's configuration is the original's, and says what is wrong with it") {
  const auto config = parse_webhook_config(
      R"({"headers":{"Producer-Type":"reliable"},"targetURL":"http://localhost:5000/","timeoutMsec":5,"statuses":["LOST","FAILED"]})", "hook.json");
  REQUIRE(config.ok());
  CHECK(config->headers.at("Producer-Type") == "reliable");
  CHECK(config->target_url == "http://localhost:5000/");
  CHECK(config->timeout == milliseconds(5));
  CHECK(config->statuses == std::set{core::TaskStatus::Lost, core::TaskStatus::Failed});
  CHECK_FALSE(parse_webhook_config(R"({"headers":{},"targetURL":"http://h/","timeoutMsec":5,"statuses":["LOST","*"]})", "f")->statuses);
  CHECK_FALSE(parse_webhook_config(R"({"headers":{},"targetURL":"http://h/","timeoutMsec":5})", "f")->statuses);
  const auto wrong = [](const std::string& text) { return parse_webhook_config(text, "hook.json").error().message; };
  CHECK(wrong("{").starts_with("hook.json: "));
  CHECK(wrong(R"({"targetURL":"http://h/","timeoutMsec":5})") == "hook.json: 'headers' is missing: an object of texts, {} for none");
  CHECK(wrong(R"({"headers":{},"timeoutMsec":5})") == "hook.json: 'targetURL' must begin with http:// or https://");
  CHECK(wrong(R"({"headers":{},"targetURL":"http://h/"})") == "hook.json: 'timeoutMsec' must be from 1 to 60000");
  CHECK(wrong(R"({"headers":{},"targetURL":"http://h/","timeoutMsec":5,"statuses":["GONE"]})") ==
        R"(hook.json: 'statuses' has "GONE", which is no status of a task)");
  CHECK(wrong(R"({"headers":{},"targetURL":"http://h/","timeoutMsec":5,"statuses":[3]})") ==
        "hook.json: 'statuses' has 3, which is no status of a task");
  CHECK(wrong(R"({"headers":{"a\nb":"c"},"targetURL":"http://h/","timeoutMsec":5})").find("cannot be a header") != std::string::npos);
  CHECK(wrong(R"({"headers":{},"targetURL":"http://h/","timeoutMsec":5,"status":[]})").find("there is no 'status'") != std::string::npos);
}

TEST_CASE("a body is what the original's fields were, unions and all") {
  core::TaskConfig config = test::a_service("www/prod/web");
  config.resources.ports = {"http"};
  config.constraints = {{"rack", core::ValueConstraint{true, {"r1"}}}};
  config.sla_policy = core::PercentageSlaPolicy{95, 60};
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", "{}"};
  core::Task task = test::a_task({.status = core::TaskStatus::Running, .config = config});
  task.assigned_ports = {{"http", 31'000}};
  const auto body = codec::JsonValue::parse(webhook_body({task, core::TaskStatus::Starting, "agent-1"}));
  REQUIRE(body.ok());
  CHECK(body->find("oldState")->to_json() == R"({"value":"STARTING"})");
  const codec::JsonValue& told = *body->find("task");
  CHECK(told.string_or("status", "") == "RUNNING");
  CHECK(told.find("taskEvents")->items().back().string_or("status", "") == "RUNNING");
  const codec::JsonValue& assigned = *told.find("assignedTask");
  CHECK(assigned.string_or("slaveHost", "") == "h1");
  CHECK(assigned.string_or("slaveId", "") == "agent-1");
  CHECK(assigned.find("assignedPorts")->to_json() == R"({"http":31000})");
  const codec::JsonValue& shown = *assigned.find("task");
  CHECK(shown.find("resources")->to_json() ==
        R"([{"setField":"NUM_CPUS","value":1.0},{"setField":"RAM_MB","value":128},{"setField":"DISK_MB","value":64},{"setField":"NAMED_PORT","value":"http"}])");
  CHECK(shown.find("container")->string_or("setField", "") == "MESOS");
  CHECK(shown.find("constraints")->to_json() ==
        R"([{"name":"rack","constraint":{"setField":"VALUE","value":{"negated":true,"values":["r1"]}}}])");
  CHECK(shown.find("slaPolicy")->to_json() == R"({"setField":"PERCENTAGE_SLA_POLICY","value":{"percentage":95.0,"durationSecs":60}})");
  CHECK(shown.find("executorConfig")->string_or("data", "") == "{}");
  CHECK(shown.find("revocable") == nullptr);
}

TEST_CASE("a task that has no host has no words of one") {
  const std::string body = webhook_body({test::a_task(core::TaskStatus::Pending), core::TaskStatus::Init, ""});
  CHECK(body.find("slaveHost") == std::string::npos);
  CHECK(body.ends_with(R"("oldState":{"value":"INIT"}})"));
}

TEST_CASE("transitions are posted in order, with the headers and the time") {
  test::FakeHttpClient http;
  Hooks hooks(http);
  Counters counters;
  test::FakeClock clock;
  Webhook webhook(a_config(), http, clock, counters);
  webhook.post(some(3));
  REQUIRE(hooks.gets(3));
  for (int i = 0; i < 3; ++i) CHECK(instance_in(hooks.got[static_cast<size_t>(i)]) == i);
  CHECK(hooks.got[0].method == "POST");
  CHECK(hooks.got[0].path == "/events");
  CHECK(hooks.got[0].headers.at("timestamp") == std::to_string(clock.now().ms));
  CHECK(hooks.got[0].headers.at("content-type") == "application/x-test");
  CHECK(becomes(counters, "webhooks_success", 3));
  CHECK(counters.values()["webhooks_attempts"] == 3);
}

TEST_CASE("an answer that may become better is asked for again, some times; another is not") {
  test::FakeHttpClient http;
  Hooks hooks(http);
  Counters counters;
  test::FakeClock clock;
  hooks.answers = {503, 429, 200, 404, 500, 500, 500, 500, 500};
  Webhook webhook(a_config(), http, clock, counters);
  webhook.post(some(4));
  REQUIRE(hooks.gets(10));
  std::vector<int> instances;
  for (const net::Request& request : hooks.got) instances.push_back(instance_in(request));
  CHECK(instances == std::vector{0, 0, 0, 1, 2, 2, 2, 2, 2, 3});
  CHECK(becomes(counters, "webhooks_success", 2));
  CHECK(counters.values()["webhooks_user_errors"] == 8);
  CHECK(counters.values()["webhooks_retries"] == 6);
  CHECK(counters.values()["webhooks_given_up"] == 1);
}

TEST_CASE("a server that is away keeps nobody waiting: the queue is bounded, and the newest stay") {
  test::FakeHttpClient http;
  Hooks hooks(http);
  http.fail(kOrigin, {ErrorCode::Unavailable, "nobody there"});
  Counters counters;
  test::FakeClock clock;
  WebhookConfig config = a_config();
  config.waiting_max = 10;
  config.rest_min = seconds(60);
  Webhook webhook(config, http, clock, counters);
  webhook.post(some(1));
  REQUIRE(becomes(counters, "webhooks_errors", 1));
  webhook.post(some(30));
  CHECK(counters.values()["webhooks_waiting"] == 10);
  CHECK(counters.values()["webhooks_dropped"] == 20);
  webhook.stop();  // at once, although it rests
  webhook.post(some(1));
}

TEST_CASE("a webhook wants the statuses that it was given, or all") {
  test::FakeHttpClient http;
  Counters counters;
  test::FakeClock clock;
  Webhook all(a_config(), http, clock, counters);
  CHECK(all.wants(core::TaskStatus::Running));
  WebhookConfig config = a_config();
  config.statuses = {core::TaskStatus::Lost};
  Webhook some_statuses(config, http, clock, counters);
  CHECK(some_statuses.wants(core::TaskStatus::Lost));
  CHECK_FALSE(some_statuses.wants(core::TaskStatus::Running));
}

TEST_CASE("the engine hands over what a task has become, from its birth on") {
  test::FakeHttpClient http;
  Hooks hooks(http);
  Counters counters;
  test::FakeClock clock;
  Webhook webhook(a_config(), http, clock, counters);
  SchedulerBench bench("", {.scheduler_host = "scheduler", .transitions = &webhook});
  bench.report("h1");
  bench.create(test::a_job("www/prod/web", 1));
  bench.settle(seconds(2));
  REQUIRE(hooks.gets(2));
  const auto said = [&](size_t at) {
    const auto body = codec::JsonValue::parse(hooks.got[at].body);
    return body->find("oldState")->string_or("value", "") + " -> " + body->find("task")->string_or("status", "") + " with " +
           std::to_string(body->find("task")->find("taskEvents")->items().size());
  };
  CHECK(said(0) == "INIT -> PENDING with 1");
  CHECK(said(1) == "PENDING -> ASSIGNED with 2");
}

}  // namespace
}  // namespace aurora::api

// Both links over the fake network: what arrives, what is tried again.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "api/launch_request.h"
#include "aurora/api/executor_link.h"
#include "aurora/api/scheduler_link.h"
#include "aurora/codec/json.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/http_fake.h"

namespace aurora::api {
namespace {

using core::Effect;
using core::HostId;
using core::KillTask;
using core::LaunchTask;
using core::TaskId;

// What an executor was asked, until `wanted` items have come.
struct FakeExecutor {
  net::Response operator()(const net::Request& request) {
    std::lock_guard lock(mutex);
    log += request.path + " " +
           (request.headers.contains("authorization") ? request.headers.at("authorization") : "-") + "; ";
    const auto body = codec::JsonValue::parse(request.body);
    for (const char* list : {"tasks", "taskIds"}) {
      if (const codec::JsonValue* items = body->find(list)) received += items->items().size();
    }
    if (const codec::JsonValue* groups = body->find("groups"); groups && !is_old) {
      for (const codec::JsonValue& group : groups->items()) received += group.find("tasks")->items().size();
    }
    if (received >= wanted && !is_done) {
      is_done = true;
      done.set_value();
    }
    last_body = request.body;
    return {.body = is_old ? "{}" : R"({"accepted":1})"};
  }
  std::mutex mutex;
  bool is_old = false;  // overlooks groups
  std::string last_body;
  size_t wanted = 1;
  size_t received = 0;
  std::string log;
  bool is_done = false;
  std::promise<void> done;
};

Effect launch_on_h1(const core::Task& task) { return LaunchTask{HostId("h1"), task.id, task.config, {}}; }

// A cluster in which every task is as it was when it was launched, but for those that end with -moved.
std::optional<ExecutorLink::Target> find_target(const HostId& host, const std::vector<Effect>& effects) {
  if (host.value() == "unknown") return std::nullopt;
  ExecutorLink::Target target{"http://" + host.value() + ":1338", {}};
  for (const Effect& effect : effects) {
    const auto* launch = std::get_if<LaunchTask>(&effect);
    if (launch == nullptr || launch->task_id.value().ends_with("-moved")) continue;
    core::Task& task = target.tasks.emplace_back();
    task.id = launch->task_id;
    task.config = launch->config;
  }
  return target;
}

TEST_CASE("launches and kills reach their host, with the secret, past one that is dead") {
  test::FakeHttpClient http;
  SystemClock clock;
  Counters counters;
  FakeExecutor executor;
  executor.wanted = 3;
  http.serve("http://h1:1338", std::ref(executor));
  ExecutorLink link({.secret = "0123456789abcdef", .threads = 1}, http, clock, counters);
  link.post({KillTask{HostId("dead"), TaskId("x")}, KillTask{HostId("unknown"), TaskId("x")}});
  link.post({launch_on_h1(test::a_task({.suffix = "1"})),
             launch_on_h1(test::a_task({.suffix = "2"})), KillTask{HostId("h1"), TaskId("y")}});
  link.start({find_target, [](const TaskId&) {}});
  executor.done.get_future().wait();
  link.stop();
  CHECK(executor.log == "/v1/launch Bearer 0123456789abcdef; /v1/kill Bearer 0123456789abcdef; ");
  CHECK(counters.values().at("executor_link_failures") >= 1);
}

TEST_CASE("a configuration is in a request once, however many tasks have it") {
  std::vector<core::Task> launches;
  for (int i = 0; i < 6; ++i) {
    const core::TaskConfig config = i % 3 == 0 ? test::a_config("www/prod/other") : test::a_config();
    launches.push_back(
        test::a_task({.status = core::TaskStatus::Assigned, .instance = i, .config = config}));
  }
  const std::string body = encode_launches(launches, "c1", LaunchForm::Groups);
  size_t configurations = 0;
  for (size_t at = 0; (at = body.find("\"executorConfig\"", at)) != std::string::npos; ++at) ++configurations;
  CHECK(configurations == 2);

  const auto read =
      codec::decode_json<LaunchRequest>(*codec::JsonValue::parse(body), codec::UnknownFields::Refuse);
  REQUIRE(read.ok());
  CHECK(read->cluster_id == "c1");
  CHECK(read->groups.size() == 2);
  const std::vector<core::Task> tasks = take_tasks(*read);
  REQUIRE(tasks.size() == 6);
  for (const core::Task& task : launches) CHECK(std::ranges::count(tasks, task) == 1);

  const auto old = codec::decode_json<LaunchRequest>(
      *codec::JsonValue::parse(encode_launches(launches, "c1", LaunchForm::Tasks)),
      codec::UnknownFields::Refuse);
  REQUIRE(old.ok());
  CHECK(take_tasks(*old).size() == 6);
}

TEST_CASE("an executor that overlooks groups is sent its tasks one by one, and asked again later") {
  test::FakeHttpClient http;
  test::FakeClock clock;
  Counters counters;
  FakeExecutor executor;
  executor.is_old = true;
  http.serve("http://h1:1338", std::ref(executor));
  ExecutorLink link({.threads = 1}, http, clock, counters);
  link.start({find_target, [](const TaskId&) {}});
  const auto launch = [&](const std::string& suffix) {
    const auto before = counters.values()["executor_link_delivered"];
    link.post({launch_on_h1(test::a_task({.suffix = suffix}))});
    while (counters.values()["executor_link_delivered"] == before) std::this_thread::yield();
  };
  launch("1");
  CHECK(executor.log == "/v1/launch -; /v1/launch -; ");
  CHECK(executor.received == 1);
  launch("2");
  CHECK(executor.log == "/v1/launch -; /v1/launch -; /v1/launch -; ");
  CHECK(executor.received == 2);
  {
    const std::lock_guard lock(executor.mutex);
    executor.is_old = false;  // it is upgraded
  }
  clock.advance(seconds(61));
  launch("3");
  CHECK(executor.received == 3);
  CHECK(executor.last_body.find("\"groups\"") != std::string::npos);
  link.stop();
}

TEST_CASE("an executor's temporary trouble is tried again, a refusal is not") {
  test::FakeHttpClient http;
  SystemClock clock;
  Counters counters;
  FakeExecutor executor;
  std::atomic<int> calls = 0;
  http.serve("http://h1:1338", [&](const net::Request& request) {
    const int call = ++calls;
    if (call == 1) return net::Response{.status = 503};
    if (call == 2) return net::Response{.status = 403, .body = "no"};
    return executor(request);
  });
  ExecutorLink link({.threads = 2}, http, clock, counters);
  link.start({find_target, [](const TaskId&) {}});
  link.post({KillTask{HostId("h1"), TaskId("a")}});  // 503, then refused
  while (counters.values()["executor_link_refused"] == 0) std::this_thread::yield();
  link.post({KillTask{HostId("h1"), TaskId("b")}});
  executor.done.get_future().wait();
  link.stop();
  CHECK(calls == 3);
  CHECK(executor.received == 1);
}

TEST_CASE("a launch that its executor refuses is told to the scheduler, once") {
  test::FakeHttpClient http;
  SystemClock clock;
  Counters counters;
  http.serve("http://h1:1338",
             [](const net::Request&) { return net::Response{.status = 413, .body = "too large"}; });
  std::promise<TaskId> refused;
  ExecutorLink link({.threads = 1}, http, clock, counters);
  link.start({find_target, [&](const TaskId& id) { refused.set_value(id); }});
  const core::Task task = test::a_task();
  link.post({KillTask{HostId("h1"), TaskId("y")}, launch_on_h1(task)});
  CHECK(refused.get_future().get() == task.id);
  link.stop();
  CHECK(counters.values().at("executor_link_refused") == 2);
}

TEST_CASE("a task that is not to be launched any more by the time is not sent") {
  test::FakeHttpClient http;
  SystemClock clock;
  Counters counters;
  FakeExecutor executor;
  executor.wanted = 2;
  http.serve("http://h1:1338", std::ref(executor));
  ExecutorLink link({.threads = 1}, http, clock, counters);
  const core::Task moved_on = test::a_task({.suffix = "moved"});
  const core::Task also_moved_on = test::a_task({.suffix = "also-moved"});
  link.post({launch_on_h1(moved_on)});
  link.post({KillTask{HostId("h1"), TaskId("y")}});
  link.post({launch_on_h1(also_moved_on), launch_on_h1(test::a_task({.suffix = "there"}))});
  link.start({find_target, [](const TaskId&) {}});
  executor.done.get_future().wait();
  link.stop();
  CHECK(executor.log == "/v1/kill -; /v1/launch -; ");  // nothing for the first alone
  CHECK(executor.last_body.find("-there") != std::string::npos);
  CHECK(executor.last_body.find("-moved") == std::string::npos);
  CHECK(counters.values().at("executor_link_outdated") == 2);
  CHECK(counters.values().at("executor_link_delivered") == 2);
}

TEST_CASE("the link has room again when executors have taken what they were sent") {
  test::FakeHttpClient http;
  SystemClock clock;
  Counters counters;
  FakeExecutor executor;
  executor.wanted = 3;
  http.serve("http://h1:1338", std::ref(executor));
  ExecutorLink link({.threads = 1}, http, clock, counters);
  const size_t room = link.room();
  CHECK(room >= 200'000);
  for (const char* suffix : {"1", "2", "3"}) link.post({launch_on_h1(test::a_task({.suffix = suffix}))});
  CHECK(link.room() == room - 3);
  link.start({find_target, [](const TaskId&) {}});
  executor.done.get_future().wait();
  while (link.room() < room) std::this_thread::yield();
  link.stop();
}

TEST_CASE("reports are carried to the scheduler and every one is answered") {
  test::FakeHttpClient http;
  std::string seen;  // by the link's thread, until it is stopped
  std::atomic<int64_t> last = 0;
  http.serve("http://scheduler:8081", [&](const net::Request& request) -> net::Response {
    const auto body = codec::JsonValue::parse(request.body);
    const int64_t sequence = body->int_or("sequence", 0);
    seen += request.path + " " + std::to_string(sequence) + "; ";
    last = sequence;
    if (sequence == 2) return {.status = 503, .body = "later"};
    if (sequence == 3) return {.body = "not JSON"};
    return {.body = R"({"accepted":true,"needsRegistration":false,"more":1})"};
  });
  std::string answers;
  std::promise<void> done;
  SchedulerLink link({.scheduler_url = "http://scheduler:8081"}, http);
  const auto post = [&](int64_t sequence) {
    core::ReportTasks report;
    report.host_id = HostId("h 1");
    report.sequence = sequence;
    link.post(report);
  };
  post(1);
  link.start([&](const core::ReportAnswered& answer) {
    answers +=
        std::to_string(answer.sequence) + (answer.answer && answer.answer->accepted ? " yes; " : " no; ");
    if (answer.sequence == 4) http.fail("http://scheduler:8081", {ErrorCode::Unavailable, "gone"});
    if (answer.sequence == 5) done.set_value();
  });
  for (int64_t sequence = 2; sequence <= 4; ++sequence) post(sequence);
  while (last != 4) std::this_thread::yield();
  post(5);
  done.get_future().wait();
  link.stop();
  CHECK(answers == "1 yes; 2 no; 3 no; 4 yes; 5 no; ");
  CHECK(seen ==
        "/v1/hosts/h 1/report 1; /v1/hosts/h 1/report 2; /v1/hosts/h 1/report 3; /v1/hosts/h 1/report 4; ");
}

}  // namespace
}  // namespace aurora::api

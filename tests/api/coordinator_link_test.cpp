#include "aurora/api/coordinator_link.h"

#include <catch2/catch.hpp>
#include <future>

#include "aurora/codec/json.h"
#include "support/builders.h"
#include "support/http_fake.h"
#include "support/tiny_server.h"

namespace aurora::api {
namespace {

core::Task a_running_task() {
  core::TaskConfig config = test::a_service();
  config.resources.ports = {"http"};
  config.sla_policy = core::CoordinatorSlaPolicy{"http://c", "ok"};
  return test::a_task({.status = core::TaskStatus::Running, .instance = 3, .config = config});
}

struct Bench {
  explicit Bench(net::HttpClient& http, Duration timeout = seconds(5))
      : link({.cluster_name = "east", .threads = 2, .timeout = timeout}, http, counters) {
    link.start({[this](const core::AskCoordinator& question) -> std::optional<CoordinatorLink::Subject> {
                  if (question.task_id != task.id) return std::nullopt;
                  return CoordinatorLink::Subject{task, "agent"};
                },
                [this](core::CoordinatorAnswer answer) { answered.set_value(std::move(answer)); }});
  }
  core::CoordinatorAnswer ask(const std::string& url, const std::string& status_key = "",
                              std::optional<Duration> countdown = std::nullopt) {
    answered = {};
    link.ask({task.host, task.id, task.events.back().timestamp, url, status_key, countdown});
    return answered.get_future().get();
  }
  core::Task task = a_running_task();
  Counters counters;
  std::promise<core::CoordinatorAnswer> answered;
  CoordinatorLink link;
};

TEST_CASE("a coordinator gets the task as the original told it") {
  test::FakeHttpClient http;
  net::Request seen;
  http.serve("http://c", [&](const net::Request& request) {
    seen = request;
    return net::Response{.body = R"({"ok": true, "drain": false})"};
  });
  Bench bench(http);
  CHECK(bench.ask("http://c/ask", "ok", seconds(90)).allowed);
  CHECK(seen.method == "POST");
  CHECK(seen.find_query("task") == "east/www/prod/web/3");
  const auto body = codec::JsonValue::parse(seen.body);
  REQUIRE(body.ok());
  CHECK(body->string_or("task", "") == "east/www/prod/web/3");
  CHECK(body->string_or("forceMaintenanceCountdownMs", "") == "90000");
  const codec::JsonValue* task = body->find("taskConfig");
  REQUIRE(task);
  CHECK(task->int_or("status", -1) == 2);
  const codec::JsonValue* assigned = task->find("assignedTask");
  CHECK(assigned->string_or("slaveHost", "") == "h1");
  CHECK(assigned->string_or("slaveId", "") == "agent");
  CHECK(assigned->int_or("instanceId", -1) == 3);
  CHECK(assigned->find("task")->find("resources")->to_json() ==
        R"([{"numCpus":1.0},{"ramMb":128},{"diskMb":64},{"namedPort":"http"}])");
  CHECK(assigned->find("task")->find("executorConfig")->string_or("name", "") == "AuroraExecutor");
  CHECK(bench.ask("http://c/ask?x=1", "drain").text == "its coordinator http://c/ask?x=1 says no");
  CHECK(seen.find_query("x") == "1");
  CHECK(codec::JsonValue::parse(seen.body)->find("forceMaintenanceCountdownMs") == nullptr);
}

TEST_CASE("whatever is not a clear yes is a no with its reason") {
  struct Case {
    int status;
    const char* body;
    const char* text;
    const char* counter;
  };
  const Case cases[] = {
      {200, R"({"drain": true})", "", ""},
      {200, R"({"drain": false})", "says no", ""},
      {200, R"({"ok": true})", "gave no JSON object with a member 'drain' that is true or false", ""},
      {200, R"({"drain": "true"})", "gave a 'drain' that is neither true nor false", ""},
      {200, R"({"drain": 1})", "gave a 'drain' that is neither true nor false", ""},
      {200, "yes", "gave no JSON object with a member 'drain' that is true or false", ""},
      {200, "[true]", "gave no JSON object with a member 'drain' that is true or false", ""},
      {503, R"({"drain": true})", "answered with status 503, not 200", "sla_coordinator_user_errors"},
      {201, R"({"drain": true})", "answered with status 201, not 200", "sla_coordinator_user_errors"},
  };
  for (const Case& c : cases) {
    INFO(c.status << " " << c.body);
    test::FakeHttpClient http;
    http.serve("http://c", [&](const net::Request&) { return net::Response{.status = c.status, .body = c.body}; });
    Bench bench(http);
    const core::CoordinatorAnswer answer = bench.ask("http://c");
    CHECK(answer.allowed == (*c.text == '\0'));
    CHECK(answer.text == (*c.text == '\0' ? "" : std::string("its coordinator http://c ") + c.text));
    if (*c.counter != '\0') CHECK(bench.counters.values()[c.counter] == 1);
  }
  test::FakeHttpClient gone;
  gone.fail("http://c", {ErrorCode::Unavailable, "Nothing answers"});
  Bench bench(gone);
  CHECK(bench.ask("http://c").text == "its coordinator http://c gave no answer: Nothing answers");
  CHECK(bench.counters.values()["sla_coordinator_errors"] == 1);
}

// Over real connections: what a hostile program can do to a client.
std::string url_of(const test::TinyServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

TEST_CASE("a coordinator that redirects is not followed") {
  const test::TinyServer server([](const std::string&) {
    return "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n";
  });
  const auto http = net::make_http_client();
  Bench bench(*http);
  CHECK(bench.ask(url_of(server)).text ==
        "its coordinator " + url_of(server) +
            " redirects to http://169.254.169.254/, and redirects are not followed: give the final address as "
            "coordinatorUrl");
}

TEST_CASE("a coordinator that answers without end is cut off") {
  const test::TinyServer server([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + std::string(1 << 20, ' ');
  });
  const auto http = net::make_http_client();
  Bench bench(*http);
  CHECK(bench.ask(url_of(server)).text == "its coordinator " + url_of(server) + " gave no answer: " + url_of(server) +
                                              " answers with more than 65536 bytes");
}

TEST_CASE("a coordinator whose bytes come one by one has no more time than others") {
  std::promise<void> over;
  std::shared_future<void> is_over = over.get_future().share();
  test::TinyServer server(nullptr);
  std::thread slow([&] {
    const int client = ::accept4(server.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    const std::string head = "HTTP/1.1 200 OK\r\nX: ";
    ::send(client, head.data(), head.size(), MSG_NOSIGNAL);
    while (is_over.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout)
      if (::send(client, "x", 1, MSG_NOSIGNAL) != 1) break;
    ::close(client);
  });
  const auto http = net::make_http_client();
  {
    Bench bench(*http, milliseconds(400));
    CHECK(bench.ask(url_of(server)).text.find("gave no complete answer within 400 ms") != std::string::npos);
  }
  over.set_value();
  slow.join();
}

TEST_CASE("a task that has moved on is not asked about") {
  test::FakeHttpClient http;
  Bench bench(http);
  bench.task.id = core::TaskId("another");
  const core::Task asked = a_running_task();
  bench.link.ask({asked.host, asked.id, {}, "http://c", "", {}});
  CHECK(bench.answered.get_future().get().text == "it has moved on");
  CHECK(http.requests().empty());
}

struct Recorder final : scheduler::Outbox {
  void post(std::vector<core::Effect> effects) override { posted += effects.size(); }
  size_t room() const override { return 7; }
  size_t posted = 0;
};

TEST_CASE("questions go to coordinators, all else to executors") {
  test::FakeHttpClient http;
  http.serve("http://c", [](const net::Request&) { return net::Response{.body = R"({"drain":true})"}; });
  Bench bench(http);
  Recorder executors;
  EffectRouter router(executors, bench.link);
  const core::Task& task = bench.task;
  router.post({core::KillTask{task.host, task.id},
               core::AskCoordinator{task.host, task.id, task.events.back().timestamp, "http://c", "", {}}});
  CHECK(bench.answered.get_future().get().text.empty());
  CHECK(executors.posted == 1);
  CHECK(router.room() == 7);
}

}  // namespace
}  // namespace aurora::api

// How commands in sandboxes are asked for: what is answered before anything is opened. What flows afterwards
// is tests/net's and tests/e2e's.
#include "executor_bench.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

const std::map<std::string, std::string> kOpening = {{"upgrade", "websocket"},
                                                     {"connection", "Upgrade"},
                                                     {"sec-websocket-version", "13"},
                                                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};

TEST_CASE("a host says why it opens no shell") {
  ExecutorBench bench;
  bench.add_task("t1");
  bench.end_task(bench.add_task("t2"));
  struct Case {
    const char* method;
    const char* target;
    bool is_opening;
    int status;
    const char* why;
  };
  const Case cases[] = {
      {"GET", "/v1/tasks/t1:exec", false, 426, "Upgrade: websocket"},
      {"POST", "/v1/tasks/t1:exec", true, 426, "by GET"},
      {"HEAD", "/v1/tasks/t1:exec", true, 426, "by GET"},
      {"GET", "/v1/tasks/none:exec", true, 404, "Unknown task_id: none"},
      {"GET", "/v1/tasks/..:exec", true, 404, "Unknown task_id"},
      {"GET", "/v1/tasks/t2:exec", true, 409, "has ended"},
      {"GET", "/v1/tasks/t1:exec", true, 409, "does not run"},  // nobody is its runner here
      {"GET", "/v1/tasks/t1:exec?rows=0", true, 400, "1 to 10000"},
  };
  for (const Case& one : cases) {
    INFO(one.method << " " << one.target);
    const net::Response response =
        bench.send(one.method, one.target, "", one.is_opening ? kOpening : std::map<std::string, std::string>{});
    CHECK(response.status == one.status);
    CHECK(response.body.find(one.why) != std::string::npos);
  }
  CHECK(bench.json("/v1/tasks/t1/execs").find("execs")->items().empty());
  CHECK(bench.get("/v1/tasks/none/execs").status == 404);
}

TEST_CASE("a shell is a change: the secret is asked for, and a route that upgrades says so") {
  ExecutorBench host;
  int upgrades = 0;
  for (const net::Route& route : host.routes()) upgrades += route.upgrades ? 1 : 0;
  CHECK(upgrades == 2);
  SchedulerBench bench("0123456789abcdef");
  for (const char* method : {"GET", "POST"}) CHECK(bench.call(method, "/v1/jobs/a/b/c/0:exec", "", kOpening).status == 401);
  CHECK(bench.call("GET", "/v1/jobs/a/b/c").status == 404);  // reads are open
  for (const net::Route& route : bench.routes()) {
    if (route.upgrades) CHECK((route.gate && route.body_bytes_max == 0));
  }
}

TEST_CASE("the scheduler says why it passes no shell on") {
  SchedulerBench bench;
  bench.create(test::a_job_of(test::a_service("www/prod/web"), 1));
  const auto ask = [&](const std::string& target, int status, const std::string& why) {
    INFO(target);
    const net::Response response = bench.call("GET", target, "", kOpening);
    CHECK(response.status == status);
    CHECK(response.body.find(why) != std::string::npos);
  };
  ask("/v1/jobs/www/prod/web/1:exec", 404, "www/prod/web/1 is not active");
  ask("/v1/jobs/www/prod/web/x:exec", 400, "'x' is not the number of an instance");
  ask("/v1/jobs/www/prod/web/-1:exec", 400, "not the number");
  ask("/v1/jobs/www/prod/web/0:exec", 409, "is PENDING");
  ask("/v1/jobs/www/prod/web/0:exec?rows=0", 400, "1 to 10000");
  bench.report("h1");
  bench.settle(seconds(2));
  CHECK(bench.call("GET", "/v1/jobs/www/prod/web/0:exec").status == 426);
  const net::Response response = bench.call("GET", "/v1/jobs/www/prod/web/0:exec", "", kOpening);
  CHECK(response.status >= 503);  // the host of this test has no executor, and perhaps no address
  CHECK(response.body.find("http") != std::string::npos);
}

TEST_CASE("the scheduler passes questions about logs on to hosts that it knows, and asks for no secret itself") {
  const std::string question = R"({"tasks":[{"taskId":"t"}]})";
  SchedulerBench guarded("0123456789abcdef");
  CHECK(guarded.call("POST", "/v1/hosts/h1/logs:read", question).status == 404);
  SchedulerBench bench;
  CHECK(bench.call("POST", "/v1/hosts/h1/logs:read?x=1", question).status == 400);
  bench.report("h1");
  const net::Response response = bench.call("POST", "/v1/hosts/h1/logs:read", question);
  CHECK(response.status >= 503);  // the host of this test has no executor
  CHECK(response.body.find("http://h1:1338") != std::string::npos);
}

}  // namespace
}  // namespace aurora::api

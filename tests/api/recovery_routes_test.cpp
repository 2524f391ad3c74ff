// Back to a copy by HTTP, on a real database.
#include "scheduler/recovery_bench.h"

#include "aurora/api/scheduler_api.h"
#include "aurora/codec/json_value.h"
#include "net/router.h"

namespace aurora::api {
namespace {

using scheduler::RecoveryBench;

struct RecoveryRoutes : RecoveryBench {
  std::unique_ptr<net::Router> router;

  RecoveryRoutes() { route(); }
  void route() { router = std::make_unique<net::Router>(scheduler_routes(services())); }
  SchedulerServices services() {
    SchedulerServices services{.engine = *engine,
                               .counters = counters,
                               .clock = clock,
                               .cluster_name = "test",
                               .scheduler_host = "scheduler",
                               .started_at = clock.now(),
                               .secret = "",
                               .on_quit = [] {}};
    services.recovery = recovery.get();
    return services;
  }
  net::Response call(const std::string& method, const std::string& path, const std::string& body = "",
                     const std::multimap<std::string, std::string>& query = {}) {
    net::Request request{.method = method, .path = path, .query = query, .body = body};
    net::Router::Match match = router->find(method, path);
    INFO(method << " " << path);
    REQUIRE(match.route);
    request.path_params = std::move(match.path_params);
    net::Response response = net::wait_for(match.route->handler(request));
    return match.route->finish ? match.route->finish(request, std::move(response)) : response;
  }
  codec::JsonValue ask(const std::string& method, const std::string& path, const std::string& body = "", int status = 200,
                       const std::multimap<std::string, std::string>& query = {}) {
    const net::Response response = call(method, path, body, query);
    INFO(method << " " << path << " -> " << response.body);
    REQUIRE(response.status == status);
    return *codec::JsonValue::parse(response.body);
  }
  void wait_until_staged() {
    while (ask("GET", "/v1/recovery").string_or("state", "") == "LOADING") std::this_thread::yield();
    REQUIRE(ask("GET", "/v1/recovery").string_or("state", "") == "STAGED");
  }
};

std::string message(const codec::JsonValue& answer) { return answer.string_or("message", ""); }

TEST_CASE("back to a copy by requests: made, staged, looked at, pruned, committed") {
  RecoveryRoutes bench;
  bench.create("www/prod/web", 3);
  const auto made = bench.ask("POST", "/v1/backups", "", 201);
  CHECK(made.int_or("id", 0) == 1);
  const auto listed = bench.ask("GET", "/v1/backups");
  CHECK(listed.find("backups")->items().at(0).to_json() == made.to_json());
  CHECK(listed.int_or("total", 0) == 1);
  CHECK(listed.string_or("folder", "") == bench.backups.folder);
  bench.create("www/prod/late", 1);

  CHECK(bench.ask("GET", "/v1/recovery").to_json() == R"({"state":"NONE","counts":{}})");
  const auto begun = bench.ask("POST", "/v1/recovery", R"({"backup":")" + made.string_or("backup", "") + "\"}", 202);
  CHECK(begun.string_or("backup", "") == made.string_or("backup", ""));
  bench.wait_until_staged();
  CHECK(bench.ask("GET", "/v1/recovery").find("counts")->int_or("tasks", 0) == 3);
  const auto tasks = bench.ask("GET", "/v1/recovery/tasks", "", 200, {{"limit", "2"}, {"fields", "taskId,instanceId"}});
  CHECK(tasks.int_or("total", 0) == 3);
  CHECK(tasks.int_or("nextOffset", 0) == 2);
  CHECK(tasks.find("tasks")->items().at(0).members().size() == 2);
  CHECK(bench.ask("GET", "/v1/recovery/tasks", "", 200, {{"name", "late"}}).int_or("total", 9) == 0);
  const std::string id = tasks.find("tasks")->items().at(0).string_or("taskId", "");
  CHECK(message(bench.ask("POST", "/v1/recovery/tasks/delete", R"({"taskIds":[")" + id + "\"]}")) ==
        "1 task deleted from the backup.");
  CHECK(bench.ask("POST", "/v1/recovery/tasks/delete", R"({"name":"web","instances":[1],"statuses":["PENDING"]})")
            .int_or("count", 0) == 1);
  CHECK(bench.ask("GET", "/v1/recovery/tasks").int_or("total", 0) == 1);

  CHECK_THAT(message(bench.ask("POST", "/v1/recovery/commit")), Catch::Contains("is the state of the next start"));
  CHECK(message(bench.ask("POST", "/v1/reconciliation", "", 503)).find("A backup is being made the state") == 0);
  CHECK(bench.ask("GET", "/v1/tasks").int_or("total", 0) == 4);  // reads go on
  bench.stop();
  CHECK(bench.commits == 1);
  bench.start();
  bench.route();
  CHECK(bench.ask("GET", "/v1/tasks").int_or("total", 0) == 1);
}

TEST_CASE("what cannot be is refused with its reason, and nothing is changed") {
  RecoveryRoutes bench;
  const std::pair<std::string, std::string> cases[] = {
      {R"({"backup":"../../etc"})", "Backup " + bench.backups.folder + "/../../etc does not exist."},
      {R"({"backup":1})", "Backup " + bench.backups.folder + "/1 does not exist."},
  };
  for (const auto& [body, expected] : cases) CHECK(message(bench.ask("POST", "/v1/recovery", body, 404)) == expected);
  for (const char* body : {"", "{}", R"({"backup":""})", R"({"backup":null})", R"({"backup":[1]})", R"({"bakcup":"1"})", "{"})
    bench.ask("POST", "/v1/recovery", body, 400);
  CHECK(message(bench.ask("POST", "/v1/recovery/commit", "", 409)) == "No backup loaded.");
  CHECK(message(bench.ask("GET", "/v1/recovery/tasks", "", 409)) == "No backup loaded.");
  CHECK(message(bench.ask("POST", "/v1/recovery/tasks/delete", R"({"name":"web"})", 409)) == "No backup loaded.");
  CHECK_THAT(message(bench.ask("POST", "/v1/recovery/tasks/delete", "{}", 400)), Catch::StartsWith("Name the tasks to delete"));
  bench.ask("POST", "/v1/recovery/tasks/delete", R"({"statuses":["NONSENSE"]})", 400);
  bench.ask("POST", "/v1/recovery/commit", R"({"now":true})", 400);
  CHECK(message(bench.ask("DELETE", "/v1/recovery")) == "There was no backup loaded.");
  bench.ask("GET", "/v1/recovery/tasks", "", 400, {{"nmae", "web"}});
  bench.ask("POST", "/v1/backups", "", 201);
  bench.ask("POST", "/v1/recovery", R"({"backup":"1"})", 202);
  bench.wait_until_staged();
  CHECK(message(bench.ask("POST", "/v1/recovery", R"({"backup":"1"})", 409)) == "Another backup is already loaded.");
  CHECK(message(bench.ask("DELETE", "/v1/recovery")) == "The backup is unloaded.");
}

TEST_CASE("hosts are asked for their lists by hand") {
  RecoveryRoutes bench;
  CHECK(message(bench.ask("POST", "/v1/reconciliation")) == "0 hosts are to list all tasks.");
  CHECK(message(bench.ask("POST", "/v1/reconciliation", R"({"kind":"implicit"})")) == "0 hosts are to list all tasks.");
  bench.ask("POST", "/v1/reconciliation", R"({"kind":"both"})", 400);
  CHECK(bench.counters.values().at("reconciliation_explicit_runs") == 1);
  CHECK(bench.counters.values().at("reconciliation_implicit_runs") == 1);
}

}  // namespace
}  // namespace aurora::api

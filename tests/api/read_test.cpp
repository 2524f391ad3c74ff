// No route tells of what a crash could still undo, and none waits for the disk on its thread.
#include "api/read.h"

#include <catch2/catch.hpp>
#include <set>

#include "net/router.h"
#include "scheduler/engine_bench.h"

namespace aurora::api {
namespace {

using scheduler::Bench;

// A cluster with a job, an update of it and a host; then a round that is not durable: another job.
struct HeldRound : Bench {
  core::UpdateId update;
  std::vector<net::Route> routes = scheduler_routes(services());
  net::Router router{routes};

  HeldRound() {
    add_host();
    REQUIRE(submit(core::CreateJob{test::a_job_of(test::a_service(), 2), "user"})->ok());
    core::JobUpdateRequest request;
    request.task_config = test::a_service();
    request.task_config.priority = 5;
    request.instance_count = 2;
    auto started = submit(core::StartUpdate{request, "", "user"});
    REQUIRE(started->ok());
    update = std::get<core::StartUpdate::Answer>(**started).key->id;
    log.is_held = true;
    engine->submit_async(core::CreateJob{test::a_job("www/prod/late", 1), "user"}, nullptr);
    engine->run_round();
    REQUIRE(log.waiting() == 1);
  }
  SchedulerServices services() {
    return {.engine = *engine,
            .counters = counters,
            .clock = clock,
            .cluster_name = "test",
            .scheduler_host = "scheduler",
            .started_at = clock.now(),
            .secret = "",
            .on_quit = [] {}};
  }
  // What the handler gives for this path, as it gives it.
  net::Response call(const std::string& method, const std::string& path, const std::string& body = "") {
    net::Request request{.method = method, .path = path, .body = body};
    if (path == "/v1/search") request.query.emplace("text", "web");
    net::Router::Match match = router.find(method, path);
    REQUIRE(match.route);
    request.path_params = std::move(match.path_params);
    return match.route->handler(request);
  }
  net::Response call_tasks(const std::string& job) {
    net::Request request{.path = "/v1/tasks"};
    request.query = {{"role", "www"}, {"environment", "prod"}, {"name", job}};
    return router.find("GET", request.path).route->handler(request);
  }
  void sync() {
    log.begin_sync();
    log.end_sync();
  }
  std::string path_of(std::string pattern) const {
    const std::string task = tasks_seen().front().id.value();
    if (pattern == "/v1/tasks/{id}:explain") pattern = "/v1/tasks/{taskId}:explain";
    for (const auto& [name, value] : std::map<std::string, std::string>{{"{role}", "www"},
                                                                        {"{environment}", "prod"},
                                                                        {"{name}", "web"},
                                                                        {"{id}", update.value()},
                                                                        {"{taskId}", task},
                                                                        {"{host}", "h1"},
                                                                        {"{metric}", "quota_consumed"},
                                                                        {"{path...}", "a"}}) {
      if (const size_t at = pattern.find(name); at != std::string::npos)
        pattern.replace(at, name.size(), value);
    }
    return pattern;
  }
  std::vector<core::Task> tasks_seen() const {
    return engine
        ->look([](const core::Cluster& cluster) {
          std::vector<core::Task> tasks;
          for (const core::Task* task : cluster.list_tasks({})) tasks.push_back(*task);
          return tasks;
        })
        .value;
  }
};

// These say nothing of the cluster, or only what is durable (events are) or never will be (what hosts use now).
const std::set<std::string> kTellNothing = {"/health",
                                            "/leaderhealth",
                                            "/v1/cluster",
                                            "/v1/events",
                                            "/v1/hostUsage",
                                            "/v1/tiers",
                                            "/tiers",
                                            "/structdump",
                                            "/v1/openapi.json",
                                            "/assets/{path...}",
                                            "/favicon.ico",
                                            "/",
                                            "/scheduler",
                                            "/scheduler/{path...}",
                                            "/updates",
                                            "/pending",
                                            "/hosts"};

TEST_CASE("what any route has read leaves when no crash can undo it") {
  HeldRound bench;
  const core::UpdateKey update{test::a_key("www/prod/web"), bench.update};
  bench.engine->submit_async(core::ControlUpdate{update, core::UpdateControl::Pause, "", "user"}, nullptr);
  bench.engine->run_round();
  REQUIRE(bench.log.waiting() == 2);
  std::set<std::string> told;
  std::set<std::string> all;
  for (const net::Route& route : bench.routes) {
    if (route.method != "GET" || kTellNothing.contains(route.pattern)) continue;
    INFO(route.pattern);
    const net::Response response = bench.call("GET", bench.path_of(route.pattern));
    REQUIRE(response.later);
    response.later([&told, pattern = route.pattern](const net::Response& answer) {
      INFO(pattern << " -> " << answer.body);
      const bool is_of_cron = pattern.ends_with("{name}/cron");  // the job is none
      CHECK(answer.status == (is_of_cron ? 404 : 200));
      told.insert(pattern);
    });
    all.insert(route.pattern);
  }
  CHECK(all.size() >= 12);
  CHECK(told.empty());
  bench.sync();
  CHECK(told == all);
  for (const std::string& pattern : all) {
    INFO(pattern);
    CHECK_FALSE(bench.call("GET", bench.path_of(pattern)).later);  // nothing is in flight: at once
  }
}

TEST_CASE("that something is not there is told like what is there") {
  HeldRound bench;
  for (const char* path : {"/v1/tasks/none", "/v1/updates/www/prod/late/none",
                           "/v1/updates/www/prod/late/none/instances"}) {
    INFO(path);
    CHECK(bench.call("GET", path).later);
  }
}

TEST_CASE("who reads one job waits for what has changed it, and for no other job") {
  HeldRound bench;
  for (const char* path : {"/v1/jobs/www/prod/web", "/v1/jobs/www/prod/none", "/v1/updates/www/prod/web/none"}) {
    INFO(path);
    CHECK_FALSE(bench.call("GET", path).later);
  }
  CHECK_FALSE(bench.call_tasks("web").later);
  CHECK(bench.call_tasks("late").later);
  CHECK(bench.call("GET", "/v1/jobs/www/prod/late").later);
  CHECK(bench.call("GET", "/v1/jobs").later);
  bench.sync();
  CHECK_FALSE(bench.call("GET", "/v1/jobs/www/prod/late").later);
  SECTION("hosts are shown with any job") {
    bench.engine->submit_async(Bench::registration("h2"), nullptr);
    bench.engine->run_round();
    CHECK(bench.call("GET", "/v1/jobs/www/prod/web").later);
  }
}

TEST_CASE("a command that was decided on what a reader saw waits for it, too") {
  HeldRound bench;
  std::optional<net::Response> answer;
  const net::Response response =
      bench.call("POST", "/v1/jobs/www/prod/late/restart", R"({"instances":[0]})");
  REQUIRE(response.later);
  response.later([&](net::Response given) { answer = std::move(given); });
  bench.engine->run_round();
  CHECK_FALSE(answer);
  CHECK(bench.log.waiting() == 1);  // it is not even decided
  bench.sync();
  bench.engine->run_round();
  bench.sync();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

TEST_CASE("answers that wait are counted, and none is told after a failure") {
  HeldRound bench;
  const SchedulerServices services = bench.services();
  bool told = false;
  {
    const net::Response response = hold(services, 1'000'000, {.body = std::string(1000, 'x')});
    REQUIRE(response.later);
    CHECK(*services.held_bytes == 1000);
    response.later([&](const net::Response&) { told = true; });
  }
  CHECK(*services.held_bytes == 1000);
  bench.disk.before_sync = [] { return Error{ErrorCode::Internal, "the disk is gone"}; };
  bench.sync();
  CHECK_FALSE(told);
  bench.engine.reset();
  CHECK(*services.held_bytes == 0);
  CHECK_FALSE(told);
}

}  // namespace
}  // namespace aurora::api

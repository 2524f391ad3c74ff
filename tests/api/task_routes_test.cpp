#include <catch2/catch.hpp>

#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using test::a_job;

TEST_CASE("tasks are found by any combination of filters") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web", 3));
  bench.create(a_job("www/devel/web", 1));
  bench.report("h1");
  bench.settle(seconds(2));
  bench.post("/v1/jobs/www/devel/web/kill", "");
  const std::string id = join(bench.get("/v1/tasks?role=www&environment=prod&instance=1"), "tasks", "taskId");
  const std::pair<std::string, int> cases[] = {
      {"", 4},
      {"?role=www", 4},
      {"?role=other", 0},
      {"?role=www&environment=prod&name=web", 3},
      {"?role=www&environment=prod&name=web&instance=0&instance=2", 2},
      {"?status=ASSIGNED", 3},
      {"?status=KILLING", 1},
      {"?status=ASSIGNED&status=KILLING", 4},
      {"?host=h1&environment=prod", 3},
      {"?host=h2", 0},
      {"?active=true", 4},
      {"?active=false", 0},
      {"?taskId=" + id, 1},
      {"?taskId=" + id + "&taskId=none", 1},
      {"?role=&status=", 4},              // empty = not given
      {"?environment=prod&search=2", 1},  // an instance
      {"?search=H1", 4},                  // a host
      {"?search=killi", 1},               // a status
      {"?search=none", 0},
  };
  for (const auto& [query, total] : cases) {
    INFO(query);
    CHECK(bench.get("/v1/tasks" + query).int_or("total", -1) == total);
  }
  CHECK(join(bench.get("/v1/tasks?environment=prod&order=instance"), "tasks", "instanceId") == "0 1 2");
  CHECK(join(bench.get("/v1/tasks?environment=prod&order=instance&offset=1&limit=1"), "tasks",
             "instanceId") == "1");
  CHECK(join(bench.get("/v1/tasks?order=newest&limit=1"), "tasks", "status") == "KILLING");
  CHECK(join(bench.get("/v1/tasks?environment=prod&order=instance&reverse=true"), "tasks", "instanceId") ==
        "2 1 0");
}

TEST_CASE("counts say what statuses one can choose from, whatever is chosen") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web", 3));
  bench.create(a_job("www/devel/web", 1));
  bench.report("h1");
  bench.settle(seconds(2));
  bench.post("/v1/jobs/www/prod/web/kill", R"({"instances": [0]})");
  const auto page = bench.get("/v1/tasks?environment=prod&counts=true&status=KILLING&search=0&limit=1");
  CHECK(page.int_or("total", -1) == 1);
  CHECK(join(page, "statuses", "status") == "KILLING ASSIGNED");
  CHECK(join(page, "statuses", "count") == "1 2");
  CHECK(join(page, "statuses", "tone") == "attention attention");
  CHECK(bench.get("/v1/tasks").find("statuses") == nullptr);
}

TEST_CASE("a task carries what pages say of it") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web"));
  bench.report("h1");
  bench.settle(seconds(2));
  const std::string id = join(bench.get("/v1/tasks"), "tasks", "taskId");
  bench.report("h1", {{core::TaskId(id), core::TaskStatus::Running, "it runs", bench.clock.now()}});
  bench.clock.advance(seconds(30));
  const auto task = bench.get("/v1/tasks/" + id);
  CHECK(task.string_or("status", "") == "RUNNING");
  CHECK(task.string_or("statusTone", "") == "ok");
  CHECK(task.string_or("statusReason", "") == "it runs");
  CHECK(task.string_or("taskUrl", "") == "http://h1:1338/task/" + id);
  CHECK(task.bool_or("isActive", false));
  CHECK(task.int_or("durationMs", 0) == 30'000);
  CHECK(task.int_or("runningFrom", 0) == bench.clock.now().ms - 30'000);
  CHECK(task.find("runningUntil") == nullptr);
  CHECK(task.find("task")->find("job")->string_or("name", "") == "web");
  CHECK(join(task, "taskEvents", "tone") == "attention attention ok");
  CHECK(bench.call("GET", "/v1/tasks/none").status == 404);
}

TEST_CASE("what a list shows of running tasks stays the same while nothing happens to them") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web"));
  bench.report("h1");
  bench.settle(seconds(2));
  const std::string id = join(bench.get("/v1/tasks"), "tasks", "taskId");
  bench.report("h1", {{core::TaskId(id), core::TaskStatus::Running, "it runs", bench.clock.now()}});
  const std::string route = "/v1/tasks?fields=taskId,instanceId,status,isActive,runningFrom,runningUntil,taskEvents.timestamp";
  const std::string before = bench.call("GET", route).body;
  CHECK(before.find("runningFrom") != std::string::npos);
  bench.clock.advance(seconds(30));
  CHECK(bench.call("GET", route).body == before);
}

TEST_CASE("a task that ended says why, beside the exact message, with a link to that process's stderr") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web"));
  bench.report("h1");
  bench.settle(seconds(2));
  const std::string id = join(bench.get("/v1/tasks"), "tasks", "taskId");
  core::TaskReport report{core::TaskId(id), core::TaskStatus::Failed, "Task failed.", bench.clock.now()};
  report.reason = {.cause = core::EndCause::Exited, .process = "a b/c", .run = 2, .exit_code = 1};
  bench.report("h1", {report});
  const auto task = bench.get("/v1/tasks/" + id);
  CHECK(task.string_or("statusReason", "") == "Task failed.");
  CHECK(task.string_or("endSentence", "") == "process 'a b/c' exited with code 1 (run 3)");
  CHECK(task.string_or("stderrUrl", "") == "http://h1:1338/logs/" + id + "/a%20b%2Fc/2/stderr");
  REQUIRE(task.find("endReason"));
  CHECK(task.find("endReason")->int_or("exitCode", 0) == 1);
}

TEST_CASE("a task that is being killed does not say yet why it ended, but who asked") {
  SchedulerBench bench;
  bench.create(a_job("www/prod/web"));
  bench.report("h1");
  bench.settle(seconds(2));
  bench.post("/v1/jobs/www/prod/web/kill", "{}");
  const auto page = bench.get("/v1/tasks");
  const auto& task = page.find("tasks")->items().at(0);
  CHECK(task.string_or("status", "") == "KILLING");
  CHECK(task.find("endSentence") == nullptr);
  CHECK(task.find("endReason")->string_or("actor", "") == "user UNSECURE");
  const std::string id = task.string_or("taskId", "");
  bench.report("h1",
               {{core::TaskId(id), core::TaskStatus::Killed, "Instructed to kill task.", bench.clock.now()}});
  CHECK(bench.get("/v1/tasks/" + id).string_or("endSentence", "") == "killed by user UNSECURE");
}

TEST_CASE("a pending task says what keeps it from being placed") {
  SchedulerBench bench;
  core::TaskConfig config = test::a_config("www/prod/big");
  config.resources.cpus = 1000;
  bench.create(test::a_job_of(config, 2));
  bench.report("h1");
  bench.settle(seconds(2));
  const auto pending = bench.get("/v1/pending?role=www");
  CHECK(pending.int_or("total", 0) == 2);
  CHECK(join(pending, "reasons", "reason").find("Insufficient: CPU") != std::string::npos);
  CHECK(join(bench.get("/v1/tasks?limit=1"), "tasks", "statusReason").find("Insufficient: CPU") !=
        std::string::npos);
}

core::JobConfiguration a_large_job(const std::string& name, int32_t instances, size_t bytes) {
  core::TaskConfig config = test::a_config("www/prod/" + name);
  config.metadata = {{"filler", std::string(bytes, 'x')}};
  return test::a_job_of(config, instances);
}

TEST_CASE("an answer has a bound of bytes, and says where the next page begins") {
  constexpr size_t kConfig = 500'000;
  SchedulerBench bench;
  bench.create(a_large_job("large", 40, kConfig));
  size_t taken = 0;
  int pages = 0;
  for (int64_t offset = 0; offset >= 0; ++pages) {
    const net::Response response = bench.call("GET", "/v1/tasks?limit=1000&offset=" + std::to_string(offset));
    CHECK(response.body.size() < (9u << 20));
    const auto page = codec::JsonValue::parse(response.body);
    REQUIRE(page.ok());
    CHECK(page->int_or("total", 0) == 40);
    taken += page->find("tasks")->items().size();
    offset = page->int_or("nextOffset", -1);
  }
  CHECK(taken == 40);
  CHECK(pages == 3);
}

TEST_CASE("by hash a configuration is once in an answer, however many tasks have it") {
  SchedulerBench bench;
  bench.create(a_large_job("large", 40, 500'000));
  const net::Response response = bench.call("GET", "/v1/tasks?limit=1000&configs=byHash");
  CHECK(response.body.size() < 600'000);
  const auto page = codec::JsonValue::parse(response.body);
  REQUIRE(page.ok());
  REQUIRE(page->find("tasks")->items().size() == 40);
  CHECK(page->find("nextOffset") == nullptr);
  const codec::JsonValue& task = page->find("tasks")->items().front();
  CHECK(task.find("task") == nullptr);
  REQUIRE(page->find("configs")->members().size() == 1);
  CHECK(page->find("configs")->members().front().name == task.string_or("configHash", ""));
  CHECK(bench.call("GET", "/v1/tasks?configs=all").status == 400);

  // Configurations count, too, and those of tasks that no longer fit are left out.
  for (int i = 0; i < 20; ++i) bench.create(a_large_job("large" + std::to_string(i), 1, 1'000'000));
  const auto many = bench.get("/v1/tasks?limit=1000&configs=byHash&order=newest");
  CHECK(many.find("tasks")->items().size() < 60);
  CHECK(many.find("configs")->members().size() <= 9);
  CHECK(many.int_or("nextOffset", -1) == static_cast<int64_t>(many.find("tasks")->items().size()));
}

TEST_CASE("a list that was cut short because its reader seemed to have left says so") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 3));
  for (const net::Route& route : bench.routes()) {
    if (route.method != "GET" || route.pattern != "/v1/tasks") continue;
    net::Request request;
    request.has_left = [] { return true; };
    const auto answer = codec::JsonValue::parse(route.handler(request).body);
    REQUIRE(answer.ok());
    CHECK(answer->find("tasks")->items().empty());
    CHECK(answer->int_or("total", 0) == 3);
    CHECK(answer->int_or("nextOffset", -1) == 0);
  }
}

TEST_CASE("after a start a pending task says that the scheduler listens first") {
  SchedulerBench bench("", {.listen_for = seconds(10), .store_may_be_old = true});
  bench.create(test::a_job("www/prod/web"));
  bench.report("h1");
  bench.settle(seconds(2));
  const auto reason = [&] {
    return bench.get("/v1/pending").find("reasons")->items().at(0).string_or("reason", "");
  };
  CHECK_THAT(reason(), Catch::Contains("hears its hosts before it places anything") &&
                           Catch::EndsWith("8 s more at most"));
  CHECK(bench.get("/v1/tasks").find("tasks")->items().at(0).string_or("waitReason", "") == reason());
  bench.settle(seconds(9));
  CHECK(bench.get("/v1/pending").int_or("total", -1) == 0);
}

TEST_CASE("a body that is no object is refused at its first character") {
  SchedulerBench bench;
  for (const char* body : {"[ this is not even JSON", " \n\"x", "7", "null"}) {
    const net::Response response = bench.call("POST", "/v1/jobs", body);
    CHECK(response.status == 400);
    CHECK(response.body.find("must be a JSON object") != std::string::npos);
  }
}

}  // namespace
}  // namespace aurora::api

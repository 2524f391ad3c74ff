#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using test::a_job_of;
using test::a_service;

std::string start_body(int priority, int instances, const std::string& job = "www/prod/web") {
  core::JobUpdateRequest request;
  request.task_config = a_service(job);
  request.task_config.priority = priority;
  request.instance_count = instances;
  return codec::JsonObject().add_raw("request", codec::encode_json(request)).add("message", "new").text();
}

std::string diff_body(int priority, int instances) {
  return codec::JsonValue::parse(start_body(priority, instances))->find("request")->to_json();
}

TEST_CASE("an update is started once, seen, paused, resumed, aborted") {
  SchedulerBench bench;
  bench.create(a_job_of(a_service(), 2));
  const auto started = bench.post("/v1/updates", start_body(5, 3), 201);
  const std::string id = started.find("key")->string_or("id", "");
  REQUIRE_FALSE(id.empty());
  const std::string one = "/v1/updates/www/prod/web/" + id;

  const auto conflict = bench.post("/v1/updates", start_body(6, 3), 409);
  CHECK(conflict.find("details")->items().front().as_string().value() == id);
  CHECK(bench.get("/v1/jobs/www/prod/web").find("updateKey")->string_or("id", "") == id);

  const auto update = bench.get(one);
  CHECK(update.string_or("status", "") == "ROLLING_FORWARD");
  CHECK(update.string_or("tone", "") == "progress");
  CHECK(update.bool_or("isActive", false));
  CHECK(update.int_or("instancesTotal", 0) == 3);
  CHECK(join(update, "instances", "instanceId") == "0 1 2");
  CHECK(join(update, "updateEvents", "message") == "new");
  CHECK(join(update, "updateEvents", "tone") == "progress");

  bench.post(one + "/pause", R"({"message":"lunch"})");
  CHECK(bench.get(one).string_or("status", "") == "ROLL_FORWARD_PAUSED");
  bench.post(one + "/resume", "");
  bench.post(one + "/abort", "");
  CHECK(bench.get(one).string_or("status", "") == "ABORTED");
  CHECK(bench.call("POST", one + "/pause", "").status == 409);
  CHECK(bench.post(one + "/pulse", "").string_or("status", "") == "FINISHED");
}

TEST_CASE("an update that changes nothing is no update") {
  SchedulerBench bench;
  bench.create(a_job_of(a_service(), 2));
  const auto answer = bench.post("/v1/updates", start_body(0, 2), 200);
  CHECK(answer.find("key") == nullptr);
  CHECK(answer.string_or("message", "") == "Job is unchanged by proposed update.");
}

TEST_CASE("the diff says what an update would do") {
  SchedulerBench bench;
  bench.create(a_job_of(a_service(), 2));
  const auto ranges = [&](int priority, int instances) {
    const auto diff = bench.post("/v1/updates/diff", diff_body(priority, instances));
    std::string text;
    for (const char* part : {"add", "remove", "update", "unchanged"}) {
      text += std::string(part) + " " + join(diff, part, "instances") + "; ";
    }
    return text;
  };
  CHECK(ranges(0, 2) == R"(add ; remove ; update ; unchanged [{"first":0,"last":1}]; )");
  CHECK(ranges(9, 3) ==
        R"(add [{"first":2,"last":2}]; remove ; update [{"first":0,"last":1}]; unchanged ; )");
  CHECK(ranges(0, 1) ==
        R"(add ; remove [{"first":1,"last":1}]; update ; unchanged [{"first":0,"last":0}]; )");
}

TEST_CASE("a diff of more instances than a job may have is refused before they are counted out") {
  SchedulerBench bench;
  CHECK(bench.call("POST", "/v1/updates/diff", diff_body(0, 2'147'483'647)).status == 400);
  core::JobUpdateRequest request;
  request.task_config = a_service();
  request.instance_count = 2;
  request.settings.update_only_these_instances = {{0, 2'147'483'646}};
  CHECK(bench.call("POST", "/v1/updates/diff", codec::encode_json(request)).status == 400);
}

TEST_CASE("updates are listed newest first, by job, user, status and page") {
  SchedulerBench bench;
  for (const char* job : {"www/prod/web", "www/prod/api", "ads/prod/web"}) {
    bench.create(a_job_of(a_service(job), 1));
    bench.clock.advance(seconds(1));
    bench.post("/v1/updates", start_body(3, 1, job), 201);
  }
  const std::string id =
      bench.get("/v1/updates?role=ads").find("updates")->items()[0].find("key")->string_or("id", "");
  bench.post("/v1/updates/ads/prod/web/" + id + "/abort", "");
  const std::pair<const char*, int> cases[] = {
      {"", 3},
      {"?role=www", 2},
      {"?role=www&environment=prod&name=api", 1},
      {"?user=UNSECURE", 3},
      {"?user=nobody", 0},
      {"?active=true", 2},
      {"?active=false", 1},
      {"?status=ABORTED&status=FAILED", 1},
  };
  for (const auto& [query, total] : cases) {
    INFO(query);
    CHECK(bench.get(std::string("/v1/updates") + query).int_or("total", -1) == total);
  }
  CHECK(join(bench.get("/v1/updates"), "updates", "status") == "ABORTED ROLLING_FORWARD ROLLING_FORWARD");
  CHECK(join(bench.get("/v1/updates?limit=1&offset=1"), "updates", "status") == "ROLLING_FORWARD");
}

TEST_CASE("what an update did is listed by instance, the last changed first") {
  SchedulerBench bench;
  bench.create(a_job_of(a_service(), 2));
  bench.report("h1");
  bench.settle(seconds(2));
  const std::string id = bench.post("/v1/updates", start_body(5, 3), 201).find("key")->string_or("id", "");
  bench.settle(seconds(2));
  const std::string one = "/v1/updates/www/prod/web/" + id;
  const auto page = bench.get(one + "/instances?limit=1");
  CHECK(page.int_or("total", 0) >= 1);
  REQUIRE(page.find("instances")->items().size() == 1);
  CHECK(join(page.find("instances")->items()[0], "events", "action") == "INSTANCE_UPDATING");
  CHECK(join(page.find("instances")->items()[0], "events", "tone") == "progress");
  CHECK(bench.get(one).find("instanceEvents")->items().size() >= 1);
  CHECK(bench.get(one + "?instanceEvents=false").find("instanceEvents") == nullptr);
  CHECK(bench.call("GET", "/v1/updates/www/prod/web/none/instances").status == 404);
}

TEST_CASE("an update whose instance failed says why, with a link to that process's stderr") {
  SchedulerBench bench;
  bench.create(a_job_of(a_service(), 1));
  bench.report("h1");
  bench.settle(seconds(2));
  const std::string id = bench.post("/v1/updates", start_body(5, 1), 201).find("key")->string_or("id", "");
  const std::string old = join(bench.get("/v1/tasks?status=KILLING"), "tasks", "taskId");
  bench.report("h1", {{core::TaskId(old), core::TaskStatus::Killed, "Instructed to kill task.", bench.clock.now()}});
  bench.settle(seconds(2));
  const std::string fresh = join(bench.get("/v1/tasks?status=ASSIGNED"), "tasks", "taskId");
  core::TaskReport failed{core::TaskId(fresh), core::TaskStatus::Failed, "Task failed.", bench.clock.now()};
  failed.reason = {.cause = core::EndCause::Exited, .process = "web", .exit_code = 1};
  bench.report("h1", {failed});
  const std::string one = "/v1/updates/www/prod/web/" + id;
  const auto instance = bench.get(one + "/instances").find("instances")->items().at(0);
  CHECK(join(instance, "events", "message").find("Instance 0 failed: process 'web' exited with code 1") !=
        std::string::npos);
  CHECK(instance.string_or("stderrUrl", "") == "http://h1:1338/logs/" + fresh + "/web/0/stderr");
  CHECK(join(bench.get(one), "updateEvents", "message").find(
            "Latest failure: instance 0 exited. Reason: process 'web' exited with code 1.") != std::string::npos);
}

TEST_CASE("an update that does not exist is not found") {
  SchedulerBench bench;
  CHECK(bench.call("GET", "/v1/updates/www/prod/web/none").status == 404);
  for (const char* action : {"pause", "resume", "abort", "rollback"}) {
    INFO(action);
    CHECK(bench.call("POST", std::string("/v1/updates/www/prod/web/none/") + action, "").status == 404);
  }
  // As in the original: whoever pulses need not go on.
  CHECK(bench.post("/v1/updates/www/prod/web/none/pulse", "").string_or("status", "") == "FINISHED");
}

}  // namespace
}  // namespace aurora::api

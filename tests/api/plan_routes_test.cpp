#include <catch2/catch.hpp>

#include "api/config_differences.h"
#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using test::a_job_of;
using test::a_service;

std::string update_body(double cpus, int instances) {
  core::JobUpdateRequest request;
  request.task_config = a_service();
  request.task_config.resources.cpus = cpus;
  request.instance_count = instances;
  request.settings.min_wait_in_instance_running_ms = 5'000;
  return codec::JsonObject().add_raw("request", codec::encode_json(request)).add("message", "new").text();
}

struct Bench : SchedulerBench {
  Bench() {
    create(a_job_of(a_service(), 2));
    report("h1");
    settle(seconds(2));
  }
  std::string state_of(const std::string& body) { return post("/v1/updates:plan", body).string_or("state", ""); }
};

TEST_CASE("a plan of an update by HTTP") {
  Bench bench;
  const auto plan = bench.post("/v1/updates:plan", update_body(2, 3));
  CHECK(plan.string_or("outcome", "") == "CHANGES");
  CHECK(plan.string_or("end", "") == "DONE");
  CHECK(plan.int_or("watchMs", 0) == 15'000);
  CHECK(plan.find("steps")->items().size() == 3);
  const auto& change = plan.find("change")->items().at(0);
  const auto& difference = change.find("differences")->items().at(0);
  CHECK(difference.string_or("path", "") == "resources.cpus");
  CHECK(difference.string_or("before", "") == "1.0");
  CHECK(difference.string_or("after", "") == "2.0");
  CHECK(bench.get("/v1/updates").int_or("total", -1) == 0);
}

TEST_CASE("a start with If-Match is done in that state and in no other") {
  Bench bench;
  const std::string body = update_body(2, 3);
  const std::string state = bench.state_of(body);
  CHECK(state == bench.state_of(body));
  bench.post("/v1/jobs/www/prod/web/instances", R"({"instanceId": 0, "count": 1})");
  const auto refused = bench.call("POST", "/v1/updates", body, {{"if-match", '"' + state + '"'}});
  CHECK(refused.status == 409);
  CHECK(refused.body.find("the job's tasks have changed") != std::string::npos);
  CHECK(bench.get("/v1/updates").int_or("total", -1) == 0);
  CHECK(bench.call("POST", "/v1/updates", body, {{"if-match", "*"}}).status == 400);
  CHECK(bench.call("POST", "/v1/updates", body, {{"if-match", bench.state_of(body)}}).status == 201);
}

TEST_CASE("a new job is planned and created in the state of the plan") {
  Bench bench;
  const std::string body = codec::encode_json(a_job_of(a_service("www/prod/new"), 2));
  const auto plan = bench.post("/v1/jobs:plan", body);
  CHECK(plan.string_or("outcome", "") == "CHANGES");
  const std::string state = plan.string_or("state", "");
  bench.post("/v1/jobs", codec::encode_json(a_job_of(a_service("www/prod/big"), 10)), 201);
  bench.settle(seconds(2));
  const auto refused = bench.call("POST", "/v1/jobs", body, {{"if-match", state}});
  CHECK(refused.status == 409);
  CHECK(refused.body.find("hosts had room for 2 more of its instances") != std::string::npos);
  const std::string now = bench.post("/v1/jobs:plan", body).string_or("state", "");
  CHECK(bench.call("POST", "/v1/jobs", body, {{"if-match", now}}).status == 201);
}

TEST_CASE("what is no job, or no service, is refused as a start is") {
  Bench bench;
  CHECK(bench.call("POST", "/v1/updates:plan", "{}").status == 400);
  CHECK(bench.call("POST", "/v1/updates:plan", update_body(2, 1'000'000)).status == 400);
  CHECK(bench.call("POST", "/v1/updates:plan?x=1", update_body(2, 1)).status == 400);
  core::JobConfiguration cron = a_job_of(a_service("www/prod/cron"), 1);
  cron.cron_schedule = "* * * * *";
  CHECK(bench.call("POST", "/v1/jobs:plan", codec::encode_json(cron)).status == 400);
  CHECK(bench.call("POST", "/v1/jobs:plan", codec::encode_json(a_job_of(a_service(), 1))).status == 409);
}

TEST_CASE("explanations by HTTP") {
  Bench bench;
  const auto task = bench.get("/v1/tasks?limit=1").find("tasks")->items().at(0);
  const std::string id = task.string_or("taskId", "");
  const auto told = bench.get("/v1/tasks/" + id + ":explain");
  CHECK(told.string_or("subject", "").find(id) != std::string::npos);
  CHECK(told.find("story")->items().at(0).string_or("text", "").find("the job was created by") != std::string::npos);
  CHECK(bench.get("/v1/jobs/www/prod/web:explain").string_or("subject", "") == "job www/prod/web");
  CHECK(bench.get("/v1/jobs/www/prod/web:explain?instance=1").string_or("subject", "") == "instance www/prod/web/1");
  CHECK(bench.get("/v1/hosts/h1:explain").string_or("now", "").starts_with("in service, with 2 tasks"));
  for (const char* target : {"/v1/tasks/x:explain", "/v1/jobs/www/prod/x:explain", "/v1/jobs/www/prod/web:explain?instance=9",
                             "/v1/updates/www/prod/web/x:explain", "/v1/hosts/x:explain"}) {
    INFO(target);
    CHECK(bench.call("GET", target).status == 404);
  }
  CHECK(bench.call("GET", "/v1/jobs/www/prod/web:explain?instance=-1").status == 400);
  CHECK(bench.call("GET", "/v1/jobs/www/prod/web:explain?instance=99999999999").status == 400);
}

TEST_CASE("differences are named by their paths, also within what the executor is given") {
  core::TaskConfig before = a_service();
  before.executor_config->data = R"({"task":{"name":"t","processes":[{"name":"a","cmdline":"x"},{"name":"b","cmdline":"y"}]}})";
  core::TaskConfig after = before;
  after.executor_config->data = R"({"task":{"name":"t","processes":[{"name":"b","cmdline":"z"},{"name":"c","cmdline":"x"}]}})";
  after.constraints = {{"rack", core::LimitConstraint{1}}};
  std::string text;
  for (const ConfigDifference& one : list_differences(before, after))
    text += one.path + ": " + one.before + " -> " + one.after + "\n";
  CHECK(text == R"(constraints[rack]:  -> {"name":"rack","constraint":{"limit":{"limit":1}}}
executorConfig.data.task.processes[a]: {"name":"a","cmdline":"x"} -> 
executorConfig.data.task.processes[b].cmdline: "y" -> "z"
executorConfig.data.task.processes[c]:  -> {"name":"c","cmdline":"x"}
)");
  CHECK(list_differences(before, before).empty());
  core::TaskConfig other = before;
  for (int i = 0; i < 1'000; ++i) other.metadata.push_back({"k" + std::to_string(i), std::string(2'000, 'x')});
  const auto many = list_differences(before, other);
  CHECK(many.size() <= kDifferencesMax);
  CHECK(many.back().after.size() < 1'010);
}

}  // namespace
}  // namespace aurora::api

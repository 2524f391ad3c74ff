// Cron jobs over the API.
#include <catch2/catch.hpp>

#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

core::JobConfiguration a_cron_job(const std::string& name = "www/prod/nightly") {
  core::JobConfiguration job = test::a_job(name, 2);
  job.cron_schedule = "*/30 9-17 * * MON-FRI";
  return job;
}

const std::string kRoute = "/v1/jobs/www/prod/nightly/cron";

std::string put(SchedulerBench& bench, const core::JobConfiguration& job, const std::string& target = kRoute) {
  const net::Response response = bench.call("PUT", target, codec::encode_json(job));
  return std::to_string(response.status) + " " + codec::JsonValue::parse(response.body)->string_or("message", "");
}

TEST_CASE("a cron job is scheduled, shown, listed, started and descheduled") {
  SchedulerBench bench;
  CHECK(put(bench, a_cron_job()).starts_with("200 Job www/prod/nightly is scheduled with cron; its next run is due at 2023"));
  codec::JsonValue job = bench.get(kRoute);
  CHECK(job.string_or("schedule", "") == "*/30 9-17 * * MON-FRI");
  CHECK(job.string_or("canonicalSchedule", "") == "0,30 9-17 * * 1-5");
  CHECK(job.string_or("timeZone", "") == "GMT");
  CHECK(job.find("nextRunsMs")->items().size() == 5);
  CHECK(job.find("runs")->items().empty());
  CHECK(job.find("taskConfig")->find("executorConfig") != nullptr);

  CHECK(bench.post(kRoute + "/start", "").string_or("message", "") == "2 new tasks pending for job www/prod/nightly");
  job = bench.get(kRoute);
  const codec::JsonValue& run = job.find("runs")->items().front();
  CHECK(run.string_or("outcome", "") == "STARTED");
  CHECK(run.string_or("tone", "") == "ok");
  CHECK(run.string_or("user", "") != "");
  CHECK(job.int_or("activeTaskCount", 0) == 2);

  const codec::JsonValue list = bench.get("/v1/cron?role=www");
  CHECK(list.int_or("total", 0) == 1);
  CHECK(list.find("cronJobs")->items().front().find("nextRunsMs")->items().size() == 1);
  CHECK(list.find("cronJobs")->items().front().find("lastRun")->string_or("outcome", "") == "STARTED");
  CHECK(bench.get("/v1/cron?role=db").int_or("total", -1) == 0);
  CHECK(bench.get("/cron").to_json() == R"({"scheduled":{"www/prod/nightly":"0,30 9-17 * * 1-5"}})");

  CHECK(bench.call("DELETE", kRoute).status == 200);
  CHECK(bench.call("GET", kRoute).status == 404);
  CHECK(bench.call("DELETE", kRoute).status == 200);  // as in the original
  CHECK(bench.call("POST", kRoute + "/start").status == 404);
}

TEST_CASE("what is refused says what is wrong") {
  SchedulerBench bench;
  core::JobConfiguration job = a_cron_job();
  CHECK(put(bench, job, kRoute + "?replaceOnly=true") == "404 No cron job found for www/prod/nightly.");
  CHECK(put(bench, job, "/v1/jobs/www/prod/other/cron").starts_with("400 The job's key is www/prod/nightly; the address"));
  CHECK(put(bench, job, kRoute + "?replace=true").starts_with("400 "));
  job.cron_schedule = "0 0 * * 7";
  const net::Response response = bench.call("PUT", kRoute, codec::encode_json(job));
  const codec::JsonValue error = *codec::JsonValue::parse(response.body);
  CHECK(error.string_or("message", "") == "Invalid cron schedule: 0 0 * * 7");
  CHECK(error.find("details")->items().front().as_string()->starts_with("day of week is '7'; it must be 0 to 6"));
  CHECK(bench.call("PUT", kRoute, "{").status == 400);
  CHECK(bench.call("PUT", kRoute, "{}").status == 400);
  CHECK(bench.call("GET", "/v1/cron?limit=-1").status == 400);
}

TEST_CASE("jobs and roles show cron jobs that have no tasks") {
  SchedulerBench bench;
  put(bench, a_cron_job());
  const codec::JsonValue role = bench.get("/v1/roles?sort=crons").find("roles")->items().front();
  CHECK(role.int_or("jobCount", -1) == 0);
  CHECK(role.int_or("cronJobCount", -1) == 1);
  const codec::JsonValue job = bench.get("/v1/jobs/www/prod/nightly");
  CHECK(job.string_or("jobType", "") == "cron");
  CHECK(job.string_or("cronCollisionPolicy", "") == "KILL_EXISTING");
  CHECK(job.int_or("nextCronRunMs", 0) > bench.clock.now().ms);
  CHECK(job.int_or("instanceCount", 0) == 2);
  CHECK(join(bench.get("/v1/jobs?role=www&search=cron"), "jobs", "jobType") == "cron");
  CHECK(bench.get("/v1/jobs?role=www&search=adhoc").int_or("total", -1) == 0);
}

TEST_CASE("all schedules are listed, however many there are") {
  SchedulerBench bench;
  for (int i = 0; i < 2'500; ++i) {
    core::JobConfiguration job = a_cron_job("www/prod/job" + std::to_string(i));
    REQUIRE(put(bench, job, "/v1/jobs/www/prod/job" + std::to_string(i) + "/cron").starts_with("200"));
  }
  CHECK(bench.get("/cron").find("scheduled")->members().size() == 2'500);
  CHECK(bench.get("/v1/cron?offset=2400&limit=1000").find("cronJobs")->items().size() == 100);
}

TEST_CASE("a job that is due makes its tasks, and counters tell") {
  SchedulerBench bench;
  core::JobConfiguration job = a_cron_job();
  job.cron_schedule = "* * * * *";
  put(bench, job);
  bench.report("h1");
  bench.settle(minutes(1));
  CHECK(bench.get(kRoute).find("runs")->items().size() == 1);
  const codec::JsonValue vars = bench.get("/vars.json");
  CHECK(vars.int_or("cron_job_triggers", 0) == 1);
  CHECK(vars.int_or("cron_job_collisions", -1) == 0);
  CHECK(vars.int_or("cron_jobs_loaded", 0) == 1);
  CHECK(vars.int_or("quartz_scheduler_running", 0) == 1);
}

}  // namespace
}  // namespace aurora::api

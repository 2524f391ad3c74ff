// What monitoring and the original's scripts read besides counters: samples, figures of jobs, what waits.
#include <catch2/catch.hpp>

#include "api/scheduler_vars.h"
#include "api/vars_routes.h"
#include "aurora/api/sampler.h"
#include "aurora/codec/json.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("averages of timed sections, in the unit of their total") {
  const Vars vars = with_averages({{"a_nanos_total", 100}, {"a_events", 8}, {"b_ms_total", 0}, {"b_events", 0},
                                   {"c_wait_ns_total", 9}, {"c_wait_events", 3}, {"d_secs_total", 4}, {"d_events", 2},
                                   {"_total", 1}});
  CHECK(vars.at("a_nanos_per_event") == 12);
  CHECK(vars.at("b_ms_per_event") == 0);
  CHECK(vars.at("c_wait_ns_per_event") == 3);
  CHECK(vars.size() == 12);
}

TEST_CASE("numbers are written as they are") {
  CHECK(format_number(0) == "0");
  CHECK(format_number(1.5) == "1.5");
  CHECK(format_number(1'234'567'890.25) == "1234567890.25");
  CHECK(format_number(8e15) == "8000000000000000");
}

TEST_CASE("samples are told as rows") {
  SchedulerBench bench;
  bench.series.record(bench.clock.now(), {{"a", 1}, {"b/c", 2.5}});
  bench.clock.advance(seconds(1));
  bench.series.record(bench.clock.now(), {{"a", 3}, {"b/c", 4}});
  const std::string first = std::to_string((bench.clock.now() - seconds(1)).ms);
  const std::string second = std::to_string(bench.clock.now().ms);
  CHECK(bench.call("GET", "/graphdata/").body == R"(["a","b/c"])");
  CHECK(bench.call("GET", "/graphdata").body == R"(["a","b/c"])");
  CHECK(bench.call("GET", "/graphdata/?metrics=b/c,time,a").body ==
        R"({"names":["time","b/c","a"],"data":[[)" + first + ",2.5,1],[" + second + ",4,3]]}");
  CHECK(bench.call("GET", "/graphdata/?metrics=a&since=" + first).body ==
        R"({"names":["time","a"],"data":[[)" + second + ",3]]}");
  CHECK(bench.call("GET", "/graphdata/?metrics=a&since=" + second).body == R"({"names":["time","a"],"data":[]})");
  const net::Response unknown = bench.call("GET", "/graphdata/?metrics=a,x");
  CHECK(unknown.status == 400);
  CHECK(unknown.body == R"({"error":"Unknown metric x"})");
  CHECK(bench.call("GET", "/graphdata/?metrics=a&since=soon").status == 400);
  CHECK(bench.call("GET", "/graphdata/?metric=a").status == 400);
}

TEST_CASE("an answer with samples has a bound") {
  SchedulerBench bench;
  Figures figures;
  Texts names;
  for (size_t i = 0; i < kSeriesMax; ++i) {
    names.push_back("f" + std::to_string(i));
    figures[names.back()] = 1.0 / 3;
  }
  for (int i = 0; i < 1000; ++i) bench.series.record(bench.clock.now() + seconds(i), figures);
  std::string asked;
  for (const std::string& name : names) asked += (asked.empty() ? "" : ",") + name;
  const net::Response answer = bench.call("GET", "/graphdata/?metrics=" + asked);
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body, Catch::Contains("since=<ms>"));
}

TEST_CASE("a sampler samples what is of the whole cluster") {
  SchedulerBench bench;
  core::JobConfiguration job = test::a_job("www/prod/web", 1);
  bench.create(job);
  const std::string id = bench.get("/v1/tasks").find("tasks")->items()[0].string_or("taskId", "");
  const SystemClock clock;
  const Sampler sampler(bench.services(), clock, milliseconds(1));
  while (bench.series.list_names().empty()) std::this_thread::yield();
  const Texts names = bench.series.list_names();
  for (const char* name : {"task_store_PENDING", "scheduler_thrift_createJob_events_per_sec", "jvm_uptime_secs",
                           "scheduler_thrift_createJob_nanos_per_event", "resources_total_consumed_cpu_cores"})
    CHECK(std::ranges::find(names, name) != names.end());
  for (const std::string& name : names) CHECK(name.find("www/prod/web") == std::string::npos);
  CHECK(bench.get("/vars.json").find("scheduler_thrift_createJob_events_per_sec") != nullptr);
}

TEST_CASE("requests are counted under the names of the original's methods") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 2));
  bench.post("/v1/jobs", codec::encode_json(test::a_job("www/prod/web", 2)), 409);
  bench.get("/v1/tasks");
  const auto vars = bench.get("/vars.json");
  CHECK(vars.int_or("scheduler_thrift_createJob_events", 0) == 2);
  CHECK(vars.int_or("scheduler_thrift_createJob_nanos_per_event", 0) > 0);
  CHECK(vars.int_or("scheduler_thrift_getTasksStatus_events", 0) == 1);
  CHECK(vars.int_or("scheduler_thrift_killTasks_events", -1) == 0);
  CHECK(vars.int_or("scheduler_thrift_response_OK", 0) == 2);
  CHECK(vars.int_or("scheduler_thrift_response_INVALID_REQUEST", 0) == 1);
  CHECK(vars.int_or("thrift_workload_createJob", 0) == 2);
  CHECK(vars.int_or("scheduler_lifecycle_ACTIVE", 0) == 1);
  CHECK(vars.int_or("scheduler_lifecycle_DEAD", -1) == 0);
  CHECK(vars.int_or("timeout_queue_size", -1) >= 0);
}

TEST_CASE("what waits is told with its penalty and every task") {
  SchedulerBench bench;
  CHECK(bench.call("GET", "/pendingtasks").body == "[]");
  core::JobConfiguration large = test::a_job("www/prod/large", 1200);
  large.task_config.resources.cpus = 99;
  bench.create(large);
  bench.create(test::a_job("www/prod/web", 1));
  const auto groups = bench.get("/pendingtasks");
  REQUIRE(groups.items().size() == 2);
  std::set<std::string> names;
  std::set<std::string> ids;
  for (const auto& group : groups.items()) {
    names.insert(group.string_or("name", ""));
    CHECK(group.int_or("penaltyMs", 0) >= 1);
    CHECK(group.string_or("reason", "") == "[No hosts are connected]");
    for (const auto& id : group.find("taskIds")->items()) ids.insert(*id.as_string());
  }
  CHECK(names == std::set<std::string>{"www/prod/large", "www/prod/web"});
  CHECK(ids.size() == 1201);

  bench.report("h1");
  bench.settle(seconds(5));
  const auto left = bench.get("/pendingtasks");
  REQUIRE(left.items().size() == 1);
  CHECK(left.items()[0].string_or("reason", "") == "[Insufficient: CPU]");
  CHECK(left.items()[0].find("taskIds")->items().size() == 1200);
}

TEST_CASE("how long a job's instances are up") {
  SchedulerBench bench;
  bench.create(test::a_job_of(test::a_service("www/prod/web"), 2));
  bench.report("h1");
  bench.settle(seconds(5));
  std::vector<core::TaskReport> reports;
  const auto tasks = bench.get("/v1/tasks");
  for (const auto& task : tasks.find("tasks")->items()) {
    core::TaskReport report;
    report.task_id = core::TaskId(task.string_or("taskId", ""));
    report.status = core::TaskStatus::Running;
    reports.push_back(report);
  }
  bench.report("h1", reports);
  bench.settle(seconds(40));
  const auto sla = bench.get("/v1/jobs/www/prod/web/sla");
  CHECK(sla.find("uptimesSecs")->to_json() == "[40,40]");
  CHECK(sla.double_or("platformUptimePercent", 0) == 100);
  CHECK(sla.int_or("windowSecs", 0) == 3600);
  const auto& uptimes = sla.find("jobUptimes")->items();
  REQUIRE(uptimes.size() == 5);
  CHECK(uptimes[4].double_or("percent", 0) == 99);
  CHECK(uptimes[4].double_or("secs", 0) == 40);
  CHECK(bench.get("/v1/jobs/www/prod/none/sla").find("uptimesSecs")->to_json() == "[]");
}

}  // namespace
}  // namespace aurora::api

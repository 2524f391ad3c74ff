#include <catch2/catch.hpp>

#include "scheduler_bench.h"

namespace aurora::api {
namespace {

TEST_CASE("monitoring reads health and figures") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 2));
  bench.clock.advance(seconds(90));
  CHECK(bench.call("GET", "/health").body == "OK\n");
  CHECK(bench.call("GET", "/leaderhealth").status == 200);
  const auto vars = bench.get("/vars.json");
  CHECK(vars.int_or("jvm_uptime_secs", 0) == 90);
  CHECK(vars.int_or("task_store_LOST", -1) == 0);
  CHECK(vars.int_or("framework_registered", 0) == 1);
  CHECK(vars.int_or("outstanding_offers", -1) == 0);
  for (const char* name : {"timed_out_tasks", "task_kill_retries", "scheduler_illegal_task_state_transitions",
                           "tasks_pruned", "slaves_lost", "scheduling_veto_static"}) {
    INFO(name);
    CHECK(vars.int_or(name, -1) == 0);
  }
  CHECK(vars.int_or("scheduler_log_native_append_events", 0) > 0);
  CHECK(vars.int_or("scheduler_log_native_append_nanos_per_event", -1) >= 0);
  CHECK(bench.call("GET", "/vars").body.find("\njvm_uptime_secs 90\n") != std::string::npos);
  CHECK(bench.call("GET", "/vars.json?pretty=true").body.starts_with("{\n  \""));
  const std::string metrics = bench.call("GET", "/metrics").body;
  CHECK(metrics.find("# HELP aurora_resources_total_consumed_ram_bytes resources_total_consumed_ram_mb of /vars\n"
                     "# TYPE aurora_resources_total_consumed_ram_bytes untyped\n"
                     "aurora_resources_total_consumed_ram_bytes 268435456\n") != std::string::npos);
  CHECK(metrics.find("# TYPE aurora_jvm_uptime_secs untyped\naurora_jvm_uptime_secs 90\n") !=
        std::string::npos);
}

TEST_CASE("pages are one page for every address, and their files have tags") {
  SchedulerBench bench;
  for (const char* address :
       {"/", "/scheduler", "/scheduler/www", "/scheduler/www/prod/web/0", "/updates", "/hosts"}) {
    INFO(address);
    const net::Response page = bench.call("GET", address);
    CHECK(page.status == 200);
    CHECK(page.body.find(R"(name="aurora-mode" content="scheduler")") != std::string::npos);
    CHECK(page.headers.count("Content-Security-Policy") == 1);
  }
  CHECK(bench.call("GET", "/favicon.ico").status == 303);
  const net::Response script = bench.call("GET", "/assets/aurora.js");
  REQUIRE(script.status == 200);
  const std::string tag = script.headers.find("ETag")->second;
  CHECK(bench.call("GET", "/assets/aurora.js", "", {{"if-none-match", tag}}).status == 304);
  for (const char* nothing : {"/assets/none.js", "/assets/../index.html", "/assets/"}) {
    INFO(nothing);
    CHECK(bench.call("GET", nothing).status == 404);
  }
}

TEST_CASE("files of pages go compressed to who takes that, and each form has a tag of its own") {
  SchedulerBench bench;
  const net::Response plain = bench.call("GET", "/assets/aurora.js");
  const std::string plain_tag = plain.headers.find("ETag")->second;
  for (const char* accepted : {"gzip", "deflate, gzip;q=0.5, br", "br,gzip"}) {
    INFO(accepted);
    const net::Response packed = bench.call("GET", "/assets/aurora.js", "", {{"accept-encoding", accepted}});
    REQUIRE(packed.status == 200);
    CHECK(packed.headers.find("Content-Encoding")->second == "gzip");
    CHECK(packed.headers.find("Vary")->second == "Accept-Encoding");
    CHECK(packed.content_type == plain.content_type);
    CHECK(packed.body.starts_with("\x1f\x8b"));
    CHECK(packed.body.size() < plain.body.size() / 2);
    const std::string tag = packed.headers.find("ETag")->second;
    CHECK(tag != plain_tag);
    CHECK(bench.call("GET", "/assets/aurora.js", "", {{"accept-encoding", accepted}, {"if-none-match", tag}}).status == 304);
  }
  for (const char* accepted : {"", "br", "gzip;q=0", "gzip; q=0.000", "*", "xgzip", "gzip;q="}) {
    INFO(accepted);
    const net::Response answer = bench.call("GET", "/assets/aurora.js", "", {{"accept-encoding", accepted}});
    CHECK(answer.headers.count("Content-Encoding") == 0);
    CHECK(answer.body == plain.body);
    CHECK(answer.headers.find("ETag")->second == plain_tag);
  }
}

TEST_CASE("the cluster tells its name and tiers, and stops when asked") {
  SchedulerBench bench;
  CHECK(bench.get("/v1/cluster").string_or("clusterName", "") == "test");
  CHECK(bench.get("/v1/cluster").find("statusMeanings")->string_or("THROTTLED", "").find("too often") !=
        std::string::npos);
  CHECK(bench.get("/v1/tiers").string_or("default", "") == "preemptible");
  CHECK_FALSE(bench.quit_asked);
  CHECK(bench.call("POST", "/quitquitquit").body == "Notifying quit listener.");
  CHECK(bench.quit_asked);
}

TEST_CASE("how the cluster is comes in one answer, made again after two seconds") {
  SchedulerBench bench;
  CHECK(bench.get("/v1/overview").int_or("hostCount", -1) == 0);
  bench.create(test::a_job("www/prod/web", 2));
  CHECK(bench.get("/v1/overview").find("tasks")->int_or("PENDING", 0) == 0);
  bench.clock.advance(seconds(2));
  const auto seen = bench.get("/v1/overview");
  CHECK(seen.find("tasks")->int_or("PENDING", 0) == 2);
  CHECK(seen.find("troubledJobCounts")->int_or("WAITING", 0) == 1);
  CHECK(seen.find("troubledJobs")->items().at(0).string_or("trouble", "") == "WAITING");
  CHECK(bench.call("GET", "/v1/overview?limit=1").status == 400);
}

TEST_CASE("roles, jobs, hosts and tasks are found by a part of their names") {
  SchedulerBench bench;
  bench.create(test::a_job("www/prod/web", 1));
  bench.create(test::a_job("other/prod/db", 1));
  const auto by_name = bench.get("/v1/search?text=WEB");
  REQUIRE(by_name.find("jobs")->items().size() == 1);
  CHECK(by_name.find("jobs")->items().at(0).string_or("name", "") == "web");
  CHECK(by_name.find("roles")->items().empty());
  CHECK(bench.get("/v1/search?text=prod").find("jobs")->items().size() == 2);
  CHECK(bench.get("/v1/search?text=ww").find("roles")->items().size() == 1);
  const std::string id = bench.get("/v1/tasks?name=web").find("tasks")->items().at(0).string_or("taskId", "");
  CHECK(bench.get("/v1/search?text=" + id).string_or("taskInstance", "") == "www/prod/web/0");
  CHECK(bench.call("GET", "/v1/search").status == 400);
  CHECK(bench.call("GET", "/v1/search?text=" + std::string(600, 'x')).status == 400);
}

TEST_CASE("what the servlets told is told at their addresses") {
  SchedulerBench bench;
  core::JobConfiguration job = test::a_job("www/prod/web", 2);
  bench.create(job);
  bench.report("h1");
  bench.settle(seconds(5));
  CHECK(bench.get("/tiers").string_or("default", "") == "preemptible");

  const auto offers = bench.get("/offers");
  REQUIRE(offers.items().size() == 1);
  CHECK(offers.items()[0].string_or("hostname", "") == "h1");
  const auto& cpus = offers.items()[0].find("resources")->items()[0];
  CHECK(cpus.string_or("name", "") == "cpus");
  CHECK(cpus.find("scalar")->double_or("value", 0) == 16 - 2 * 1.25);

  const auto state = bench.get("/state");
  CHECK(state.find("taskConfigs")->members().size() == 1);
  CHECK(state.find("agents")->members().size() == 1);
  CHECK(state.find("agents")->members()[0].value.items().size() == 2);

  const auto page = [&](const std::string& target, int status = 200) {
    const net::Response response = bench.call("GET", target);
    CHECK(response.status == status);
    return response.body;
  };
  CHECK_THAT(page("/structdump/task/nobody"), Catch::Contains("Exception: Entity not found"));
  CHECK_THAT(page("/structdump/cron/www/prod/%3Cx%3E"), Catch::Contains("Cron job www/prod/&lt;x&gt;"));
  CHECK_THAT(page("/structdump", 400), Catch::Contains("/structdump/task/{task_id}"));
  const std::string task = bench.get("/v1/tasks?limit=1").find("tasks")->items()[0].string_or("taskId", "");
  CHECK_THAT(page("/structdump/task/" + task), Catch::Contains("Task " + task) && Catch::Contains("&quot;instanceId&quot;: "));
  CHECK_THAT(page("/utilization"), Catch::Contains("<a href=\"/utilization/free_pool_consumed\">Free pool consumed</a></td><td>2</td><td>256 MB</td><td>128 MB"));
  CHECK_THAT(page("/utilization/free_pool_consumed"), Catch::Contains("<a href=\"/utilization/free_pool_consumed/www\">www</a></td><td>2</td>"));
  CHECK_THAT(page("/utilization/total_consumed/www"), Catch::Contains("<td>web</td><td>2</td>"));
  CHECK_THAT(page("/utilization/much", 400), Catch::Contains("Invalid metric type."));
  CHECK(bench.get("/vars.json").double_or("resources_free_pool_consumed_cpu_cores", 0) == 2);
}

}  // namespace
}  // namespace aurora::api

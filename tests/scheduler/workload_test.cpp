#include "scheduler/workload.h"

#include "scheduler/thing_counters.h"

#include "scheduler/engine_bench.h"

namespace aurora::scheduler {
namespace {

TEST_CASE("granted requests count the objects that they concern, under the original's names") {
  Bench bench;
  bench.add_host();
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 3), "user"})->ok());
  CHECK_FALSE(bench.submit(CreateJob{a_job("www/prod/web", 3), "user"})->ok());  // it is there
  REQUIRE(bench.submit(AddInstances{.like = {a_key(), 0}, .count = 2, .user = "user"})->ok());
  REQUIRE(bench.submit(KillTasks{.job = a_key(), .instances = {0, 1}, .message = "", .user = "user"})->ok());
  REQUIRE(bench.submit(StartMaintenance{{HostId("h1"), HostId("nobody")}, "user"})->ok());
  REQUIRE(bench.submit(DrainHosts{{HostId("h1")}, std::nullopt, "user"})->ok());
  REQUIRE(bench.submit(EndMaintenance{{HostId("h1")}, "user"})->ok());
  const Figures counters = bench.counters.values();
  CHECK(counters.at("thrift_workload_createJob") == 3);
  CHECK(counters.at("thrift_workload_addInstances") == 2);
  CHECK(counters.at("thrift_workload_killTasks") == 2);
  CHECK(counters.at("thrift_workload_startMaintenance") == 1);
  CHECK(counters.at("thrift_workload_drainHosts") == 1);
  CHECK(counters.at("thrift_workload_endMaintenance") == 1);
  CHECK_FALSE(counters.contains("thrift_workload_restartShards"));
}

TEST_CASE("the sizes of the store follow what changes, also over a restart") {
  Bench bench;
  bench.add_host("h1");
  bench.add_host("h2");
  ResourceTotals amount;
  amount.cpus = 2.5;
  amount.ram_mb = amount.disk_mb = 1000;
  REQUIRE(bench.submit(SetQuota{{"www", amount}, "user"})->ok());
  amount.cpus = 4;
  REQUIRE(bench.submit(SetQuota{{"www", amount}, "user"})->ok());
  REQUIRE(bench.submit(SetQuota{{"ads", amount}, "user"})->ok());
  const auto check = [&] {
    const Figures counters = bench.counters.values();
    CHECK(counters.at("mem_storage_attribute_size") == 2);
    CHECK(counters.at("mem_storage_quota_size") == 2);
    CHECK(counters.at("mem_storage_cron_size") == 0);
    CHECK(counters.at("mem_storage_update_size") == 0);
    CHECK(counters.at("mem_storage_maintenance_size") == 0);
    CHECK(counters.at("resources_allocated_quota_cpu_cores") == 8);
    CHECK(counters.at("resources_allocated_quota_ram_mb") == 2000);
  };
  check();
  bench.restart();
  check();
}

TEST_CASE("of the things with counters of their own the first are kept") {
  ThingCounters things;
  for (size_t i = 0; i <= kThingsMax; ++i) things.add("tasks_LOST_www/prod/" + std::to_string(i));
  things.add("tasks_LOST_www/prod/0", 4);
  things.add("tasks_LOST_www/prod/later");
  const Figures values = things.values();
  CHECK(values.size() == kThingsMax + 1);
  CHECK(values.at("tasks_LOST_www/prod/0") == 5);
  CHECK(values.at("counters_left_out") == 2);
}

TEST_CASE("the penalty of a group is told while it waits") {
  Bench bench;
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/web", 1), "user"})->ok());
  const ConfigHash group = bench.tasks().front().config.hash();
  REQUIRE(bench.engine->penalty_of(group).has_value());
  for (int i = 0; i < 60; ++i) bench.settle(minutes(1));
  CHECK(bench.engine->penalty_of(group) == minutes(1));
  bench.add_host();
  bench.settle(minutes(1));
  CHECK_FALSE(bench.engine->penalty_of(group).has_value());
  CHECK(bench.counters.values().at("scheduled_task_penalty_ms_total") == 60'000);
  CHECK(bench.counters.values().at("scheduled_task_penalty_events") == 1);
}

}  // namespace
}  // namespace aurora::scheduler

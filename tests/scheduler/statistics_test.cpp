#include "aurora/scheduler/statistics.h"

#include <thread>

#include "aurora/scheduler/job_history.h"
#include "scheduler/engine_bench.h"
#include "scheduler/walk.h"

namespace aurora::scheduler {
namespace {

// Runs on the test's thread.
struct Figured : Bench {
  explicit Figured(StatisticsConfig figures = {}) : statistics(std::move(figures), *engine, clock) {}
  Statistics statistics;
  std::atomic<bool> stopping = false;

  void create(const std::string& name, int32_t instances, bool production = true) {
    JobConfiguration job = test::a_job_of(test::a_service(name), instances);
    job.task_config.tier = production ? "preferred" : "preemptible";
    if (production) give_quota(job.key.role);
    const auto answer = submit(CreateJob{job, "user"});
    INFO((answer->ok() ? "" : answer->error().message));
    REQUIRE(answer->ok());
  }
  void give_quota(const std::string& role) {
    ResourceTotals amount;
    amount.cpus = 10'000;
    amount.ram_mb = amount.disk_mb = 10'000'000;
    REQUIRE(submit(SetQuota{{role, amount}, "user"})->ok());
  }
  void add_large_host() {
    ReportTasks report = registration("h1");
    report.host->capacity.cpus = 1e6;
    report.host->capacity.ram_mb = report.host->capacity.disk_mb = int64_t{1} << 40;
    report.host->port_ranges = {{1, 60'000}};
    REQUIRE(submit(report)->ok());
  }
  // All that is on h1 runs.
  void run_all() {
    for (const Task& task : tasks()) {
      if (task.status != TaskStatus::Assigned) continue;
      REQUIRE(submit(ChangeTask{.task_id = task.id, .expected = {}, .expected_since = {}, .to = TaskStatus::Running,
                                .message = ""})
                  ->ok());
    }
  }
  Figures refresh() {
    statistics.refresh(stopping);
    Figures all = statistics.figures();
    all.merge(statistics.thing_figures());
    return all;
  }
};

TEST_CASE("figures of jobs, roles and hosts, each when it is due") {
  Figured bench;
  bench.add_large_host();
  bench.create("www/prod/web", 2);
  bench.create("ads/test/web", 1, false);
  bench.settle(seconds(10));
  bench.run_all();
  bench.clock.advance(seconds(20));
  Figures figures = bench.refresh();
  CHECK(figures.at("sla_www/prod/web_job_uptime_50.00_sec") == 20);
  CHECK(figures.at("sla_www/prod/web_platform_uptime_percent") == 100);
  CHECK(figures.at("sla_cluster_mttr_ms") == 10'000);
  CHECK_FALSE(figures.contains("sla_ads/test/web_mtta_ms_nonprod"));
  CHECK(figures.at("resources_per_role_quota_consumed_www_cpu_cores") == 2);
  CHECK(figures.at("resources_per_role_free_pool_consumed_ads_cpu_cores") == 1);
  CHECK(figures.at("quota_per_role_www_cpu_cores") == 10'000);
  CHECK(figures.at("empty_slots_small") > 100);
  CHECK(figures.at("missing_maintenance_request") == 0);

  bench.create("www/prod/more", 1);
  bench.settle(seconds(39));
  CHECK(bench.refresh() == figures);  // nothing is due
  bench.clock.advance(seconds(21));
  figures = bench.refresh();
  CHECK(figures.at("sla_www/prod/web_job_uptime_50.00_sec") == 80);
  CHECK(figures.contains("sla_www/prod/more_mtta_ms"));
  CHECK(figures.at("resources_per_role_quota_consumed_www_cpu_cores") == 2);
  bench.clock.advance(hours(1));
  CHECK(bench.refresh().at("resources_per_role_quota_consumed_www_cpu_cores") == 3);
}

TEST_CASE("without categories no job is looked at") {
  Figured bench({.sla = {.prod = {}, .non_prod = {}}});
  bench.create("www/prod/web", 1);
  for (const auto& [name, value] : bench.refresh()) CHECK_FALSE(name.starts_with("sla_"));
}

TEST_CASE("a thread computes them, and stops at once") {
  Figured bench;
  bench.create("www/prod/web", 1);
  bench.statistics.start();
  while (!bench.statistics.thing_figures().contains("sla_www/prod/web_mtta_ms")) std::this_thread::yield();
  bench.statistics.stop();
}

TEST_CASE("a walk that nobody wants any more publishes nothing") {
  Figured bench;
  bench.create("www/prod/web", 1);
  bench.stopping = true;
  CHECK(bench.refresh().empty());
}

TEST_CASE("jobs of any size are visited whole, in parts") {
  Figured bench;
  for (int i = 0; i < 100; ++i) bench.create("www/prod/job" + std::to_string(i), 3, false);
  bench.create("www/prod/large", 1000, false);
  REQUIRE(bench.submit(CreateJob{a_job("www/prod/no_service", 2), "user"})->ok());
  std::map<std::string, size_t> seen;
  const auto visit = [&](const JobHistory& history) { seen[to_string(history.job)] += history.tasks.size(); };
  CHECK(visit_jobs(*bench.engine, visit, [] { return false; }).has_value());
  CHECK(seen.size() == 101);
  CHECK(seen["www/prod/job7"] == 3);
  CHECK(seen["www/prod/large"] == 1000);
  CHECK(read_job_history(*bench.engine, a_key("www/prod/large"), [] { return false; }).tasks.size() == 1000);
  CHECK(read_job_history(*bench.engine, a_key("www/prod/none"), [] { return false; }).tasks.empty());
}

TEST_CASE("jobs that go while others are visited hide none") {
  Figured bench;
  for (int i = 100; i < 300; ++i) bench.create("www/prod/job" + std::to_string(i), 3, false);
  std::set<std::string> seen;
  int killed = 100;
  const auto visit = [&](const JobHistory& history) {
    CHECK(seen.insert(history.job.name).second);
    for (int more = 0; more < 2 && killed < 250; ++more, ++killed) {  // pending tasks are deleted when they are killed
      const std::string job = "www/prod/job" + std::to_string(killed);
      REQUIRE(bench.submit(KillTasks{.job = a_key(job), .instances = {}, .message = "", .user = "user"})->ok());
    }
  };
  CHECK(visit_jobs(*bench.engine, visit, [] { return false; }).has_value());
  for (int i = 250; i < 300; ++i) CHECK(seen.contains("job" + std::to_string(i)));
}

TEST_CASE("the next place in a list that changes") {
  std::vector<int> list = {1, 2, 3, 4, 5};
  const auto next = [&](size_t offset, std::optional<int> last) {
    return find_next(WalkCursor<int>{offset, last}, list.size(), [&](size_t at) { return &list[at]; });
  };
  CHECK(next(0, std::nullopt) == 0);
  CHECK(next(2, 2) == 2);
  list = {2, 3, 4, 5};
  CHECK(next(2, 2) == 1);
  list = {4, 5};
  CHECK(next(2, 2) == 0);
  list = {-1, 0, 1, 2, 3};
  CHECK(next(2, 2) == 4);
  list = {};
  CHECK(next(2, 2) == 0);
}

}  // namespace
}  // namespace aurora::scheduler

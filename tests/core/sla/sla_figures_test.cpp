#include "aurora/core/sla/sla_figures.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

using enum TaskStatus;

constexpr Instant kNow{1'700'000'000'000};
constexpr SlaWindow kMinute{kNow - minutes(1), kNow};

// A moment in the window: so many seconds after its begin; negative: before.
Instant at(int64_t secs) { return kMinute.from + seconds(secs); }

SlaTask a_task(std::vector<std::pair<int64_t, TaskStatus>> events, int32_t instance = 0) {
  SlaTask task{.instance_id = instance, .status = events.empty() ? Init : events.back().second, .is_production = true,
               .cpus = 1, .ram_mb = 1024, .disk_mb = 4096, .events = {}};
  for (const auto& [secs, status] : events) task.events.push_back({at(secs), status});
  return task;
}

double uptime_of(std::vector<std::vector<std::pair<int64_t, TaskStatus>>> tasks_of_instance) {
  std::vector<SlaTask> tasks;
  for (auto& events : tasks_of_instance) tasks.push_back(a_task(std::move(events)));
  return platform_uptime(tasks, kMinute).percent();
}

TEST_CASE("a percentile lies between its two neighbours in proportion") {
  CHECK(percentile({}, 50) == 0);
  CHECK(percentile({7}, 1) == 7);
  CHECK(percentile({10, 20}, 50) == 15);
  CHECK(percentile({40, 10, 30, 20}, 50) == 25);
  CHECK(percentile({40, 10, 30, 20}, 0) == 10);
  CHECK(percentile({40, 10, 30, 20}, 100) == 40);
  CHECK(percentile({0, 100}, 1) == 1);
}

TEST_CASE("so many percent of the running instances are up for so long") {
  std::vector<SlaTask> tasks;
  for (int64_t i = 0; i <= 100; ++i)  // up for 0 to 100 s
    tasks.push_back(a_task({{-1000, Pending}, {60 - i, Running}}, static_cast<int32_t>(i)));
  CHECK(job_uptime_secs(tasks, 99, kNow) == 1);
  CHECK(job_uptime_secs(tasks, 95, kNow) == 5);
  CHECK(job_uptime_secs(tasks, 50, kNow) == 50);
  CHECK(job_uptime_secs({}, 50, kNow) == 0);
  CHECK(job_uptime_secs({a_task({{0, Pending}}), a_task({{0, Running}, {30, Killing}})}, 50, kNow) == 0);
}

TEST_CASE("what each status makes of an instance that was up") {
  struct Case {
    TaskStatus status;
    double percent;  // up for the first half of the window
  };
  for (const auto& [status, percent] : std::vector<Case>{{Lost, 50},
                                                         {Draining, 50},
                                                         {Preempting, 50},
                                                         {Killed, 50},  // nobody had asked for it
                                                         {Running, 100},
                                                         {Partitioned, 100},
                                                         {Init, 100},
                                                         {Throttled, 100},  // from here on nothing counts any more
                                                         {Finished, 100},
                                                         {Restarting, 100},
                                                         {Failed, 100},
                                                         {Killing, 100},
                                                         {Pending, 100},
                                                         {Assigned, 100},
                                                         {Starting, 100}}) {
    INFO(enum_name(status));
    CHECK(uptime_of({{{-100, Running}, {30, status}}}) == percent);
  }
}

TEST_CASE("only an instance that was down stays so until it runs again") {
  CHECK(uptime_of({{{-100, Running}, {15, Lost}, {20, Pending}, {25, Assigned}, {28, Starting}, {30, Running}}}) == 75);
  // The same as two tasks of the instance, in any order.
  CHECK(uptime_of({{{15, Pending}, {20, Assigned}, {30, Running}}, {{-100, Running}, {15, Lost}}}) == 75);
  CHECK(uptime_of({{{-100, Running}, {15, Lost}}, {{15, Pending}, {20, Assigned}, {30, Running}}}) == 75);
  // A user ended it: the way back is no downtime.
  CHECK(uptime_of({{{-100, Running}, {15, Killing}, {16, Killed}}, {{16, Pending}, {30, Running}}}) == 100);
  CHECK(uptime_of({{{-100, Running}, {15, Draining}, {20, Killed}}, {{20, Pending}, {45, Running}}}) == 50);
  CHECK(uptime_of({{{-100, Running}, {15, Lost}, {15, Throttled}, {30, Pending}, {45, Running}}}) == 100);
}

TEST_CASE("the window's edges, and instances of which nothing counts") {
  CHECK(uptime_of({}) == 100);
  CHECK(uptime_of({{}}) == 100);
  CHECK(uptime_of({{{-100, Pending}, {-90, Assigned}}}) == 100);
  CHECK(uptime_of({{{-100, Running}}}) == 100);
  CHECK(uptime_of({{{-100, Running}, {-50, Lost}}}) == 0);
  CHECK(uptime_of({{{-100, Running}, {0, Lost}}}) == 0);
  CHECK(uptime_of({{{-100, Running}, {60, Lost}}}) == 100);   // now is not in it any more
  CHECK(uptime_of({{{-100, Running}, {900, Lost}}}) == 100);  // nor what a clock that was wrong has written
  CHECK(uptime_of({{{-100, Lost}, {-90, Pending}, {0, Running}}}) == 100);
  CHECK(uptime_of({{{-100, Pending}, {59, Running}}}) == 100);

  const PlatformUptime one_second = platform_uptime({a_task({{-100, Pending}, {59, Running}})}, kMinute);
  CHECK(one_second.up_ms == 1000);
  CHECK(one_second.counted_ms == 1000);
}

TEST_CASE("instances count by the time in which they were to be up") {
  const std::vector<SlaTask> tasks = {a_task({{-100, Running}}, 0), a_task({{-100, Running}, {30, Lost}}, 1),
                                      a_task({{-100, Running}, {30, Killing}}, 2)};
  const PlatformUptime uptime = platform_uptime(tasks, kMinute);
  CHECK(uptime.up_ms == 120'000);
  CHECK(uptime.counted_ms == 150'000);
  CHECK(uptime.percent() == 80);
}

TEST_CASE("waits end within the window and begin with the last PENDING before") {
  const auto waits = [](std::vector<std::pair<int64_t, TaskStatus>> events, TaskStatus status = Running) {
    return list_waits_ms({a_task(std::move(events))}, status, kMinute);
  };
  using Waits = std::vector<int64_t>;
  CHECK(waits({{-10, Pending}, {1, Assigned}, {2, Starting}, {5, Running}}) == Waits{15'000});
  CHECK(waits({{-10, Pending}, {1, Assigned}, {2, Starting}, {5, Running}}, Assigned) == Waits{11'000});
  CHECK(waits({{-10, Pending}, {1, Assigned}, {2, Starting}, {5, Running}}, Starting) == Waits{12'000});
  CHECK(waits({{-30, Throttled}, {-10, Pending}, {0, Running}}) == Waits{10'000});
  CHECK(waits({{-10, Pending}, {-1, Running}}).empty());
  CHECK(waits({{-10, Pending}, {60, Running}}).empty());
  CHECK(waits({{1, Running}}).empty());                            // nobody knows since when it waited
  CHECK(waits({{-10, Pending}, {5, Running}, {6, Lost}}).empty());  // over for good
  CHECK(waits({{-10, Pending}, {5, Running}, {6, Partitioned}, {9, Running}}) == Waits{15'000});  // the first
  CHECK(waits({{-20, Pending}, {-10, Running}, {6, Partitioned}, {9, Running}}) == Waits{29'000});
}

TEST_CASE("uptimes for the client begin with the first RUNNING") {
  const std::vector<SlaTask> tasks = {a_task({{0, Pending}, {10, Running}, {20, Partitioned}, {30, Running}}, 0),
                                      a_task({{0, Pending}, {50, Running}, {55, Killing}}, 1),
                                      a_task({{0, Pending}, {50, Assigned}}, 2),
                                      a_task({{0, Pending}, {10, Running}, {50, Killed}}, 3)};
  CHECK(list_uptimes_secs(tasks, kNow + milliseconds(999)) == std::vector<int64_t>{10, 50});
}

TEST_CASE("figures have Aurora's names") {
  SlaFigures sums({.prod = {SlaCategory::JobUptimes, SlaCategory::PlatformUptime, SlaCategory::Medians},
                   .non_prod = {SlaCategory::Medians}},
                  kMinute);
  SlaTask small = a_task({{-10, Pending}, {0, Assigned}, {10, Starting}, {20, Running}});
  SlaTask large = a_task({{-10, Pending}, {10, Assigned}, {30, Running}}, 1);
  large.cpus = 8;
  large.ram_mb = 9000;
  large.disk_mb = 1 << 20;
  SlaTask test = small;
  test.is_production = false;
  sums.add(test::a_key("www/prod/web"), {small, large, test});
  sums.add(test::a_key("www/test/web"), {test});
  const Figures figures = sums.figures();
  std::string text;
  for (const auto& [name, value] : figures) text += name + " " + std::to_string(static_cast<int64_t>(value)) + "\n";
  CHECK(text ==
        "sla_cluster_mtta_ms 15000\n"
        "sla_cluster_mtta_ms_nonprod 10000\n"
        "sla_cluster_mttr_ms 35000\n"
        "sla_cluster_mttr_ms_nonprod 30000\n"
        "sla_cluster_mtts_ms 20000\n"
        "sla_cluster_mtts_ms_nonprod 20000\n"
        "sla_cluster_platform_uptime_percent 100\n"
        "sla_cpu_large_mtta_ms 20000\n"
        "sla_cpu_large_mttr_ms 40000\n"
        "sla_cpu_large_mtts_ms 0\n"
        "sla_cpu_small_mtta_ms 10000\n"
        "sla_cpu_small_mtta_ms_nonprod 10000\n"
        "sla_cpu_small_mttr_ms 30000\n"
        "sla_cpu_small_mttr_ms_nonprod 30000\n"
        "sla_cpu_small_mtts_ms 20000\n"
        "sla_cpu_small_mtts_ms_nonprod 20000\n"
        "sla_disk_small_mtta_ms 10000\n"
        "sla_disk_small_mtta_ms_nonprod 10000\n"
        "sla_disk_small_mttr_ms 30000\n"
        "sla_disk_small_mttr_ms_nonprod 30000\n"
        "sla_disk_small_mtts_ms 20000\n"
        "sla_disk_small_mtts_ms_nonprod 20000\n"
        "sla_disk_xxlarge_mtta_ms 20000\n"
        "sla_disk_xxlarge_mttr_ms 40000\n"
        "sla_disk_xxlarge_mtts_ms 0\n"
        "sla_jobs_left_out 0\n"
        "sla_ram_large_mtta_ms 20000\n"
        "sla_ram_large_mttr_ms 40000\n"
        "sla_ram_large_mtts_ms 0\n"
        "sla_ram_small_mtta_ms 10000\n"
        "sla_ram_small_mtta_ms_nonprod 10000\n"
        "sla_ram_small_mttr_ms 30000\n"
        "sla_ram_small_mttr_ms_nonprod 30000\n"
        "sla_ram_small_mtts_ms 20000\n"
        "sla_ram_small_mtts_ms_nonprod 20000\n"
        "sla_www/prod/web_job_uptime_50.00_sec 35\n"
        "sla_www/prod/web_job_uptime_75.00_sec 32\n"
        "sla_www/prod/web_job_uptime_90.00_sec 31\n"
        "sla_www/prod/web_job_uptime_95.00_sec 30\n"
        "sla_www/prod/web_job_uptime_99.00_sec 30\n"
        "sla_www/prod/web_mtta_ms 15000\n"
        "sla_www/prod/web_mtta_ms_nonprod 10000\n"
        "sla_www/prod/web_mttr_ms 35000\n"
        "sla_www/prod/web_mttr_ms_nonprod 30000\n"
        "sla_www/prod/web_mtts_ms 20000\n"
        "sla_www/prod/web_mtts_ms_nonprod 20000\n"
        "sla_www/prod/web_platform_uptime_percent 100\n"
        "sla_www/test/web_mtta_ms_nonprod 10000\n"
        "sla_www/test/web_mttr_ms_nonprod 30000\n"
        "sla_www/test/web_mtts_ms_nonprod 20000\n");
}

TEST_CASE("without jobs the cluster has figures, and without categories nothing has") {
  CHECK(SlaFigures({}, kMinute).figures() == Figures{{"sla_cluster_mtta_ms", 0},
                                                     {"sla_cluster_mtts_ms", 0},
                                                     {"sla_cluster_mttr_ms", 0},
                                                     {"sla_cluster_platform_uptime_percent", 100},
                                                     {"sla_jobs_left_out", 0}});
  SlaFigures none({.prod = {}, .non_prod = {}}, kMinute);
  none.add(test::a_key(), {a_task({{0, Running}})});
  CHECK(none.figures().empty());
}

TEST_CASE("so many jobs have figures of their own, and all of them count") {
  SlaFigures sums({.prod = {SlaCategory::PlatformUptime}}, kMinute);
  for (size_t i = 0; i < kSlaJobsMax + 5; ++i)
    sums.add({"www", "prod", "web" + std::to_string(i)}, {a_task({{-100, i < kSlaJobsMax ? Running : Lost}})});
  const Figures figures = sums.figures();
  CHECK(figures.size() == kSlaJobsMax + 2);
  CHECK(figures.at("sla_jobs_left_out") == 5);
  CHECK(figures.at("sla_cluster_platform_uptime_percent") < 100);
}

TEST_CASE("what figures need of a task") {
  TaskConfig config = test::a_service();
  config.production = true;
  const SlaTask copy = sla_task_of(test::a_task({.status = Running, .instance = 3, .config = config}));
  CHECK(copy.instance_id == 3);
  CHECK(copy.is_production);
  CHECK(copy.status == Running);
  CHECK(copy.ram_mb == 128);
  CHECK(copy.events.back().status == Running);
}

}  // namespace
}  // namespace aurora::core

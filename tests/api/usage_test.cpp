// What jobs and hosts use: sums on both sides, and the routes.
#include <catch2/catch.hpp>

#include "api/task_usage.h"
#include "api/usage_book.h"
#include "executor_bench.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

constexpr Instant kNow{1'700'000'000'000};  // the begin of a step
const core::JobKey kWeb{"www", "prod", "web"};
const core::JobKey kMail{"www", "prod", "mail"};

std::vector<JobUse> use_of(const core::JobKey& job, int64_t cpu_milli, int64_t tasks = 1) {
  return {{.job = job, .tasks = tasks, .cpu_milli = cpu_milli, .ram_bytes = cpu_milli * 10}};
}

// "step:cpu", steps counted from kNow.
std::string samples_of(UsageBook& book, const core::JobKey& job, Instant now) {
  std::string text;
  for (const UsageBook::Sample& sample : book.list(job, now)) {
    text += std::to_string(sample.step - kNow.ms / kUsageStep.ms) + ":" + std::to_string(sample.sums.cpu_milli) + " ";
    CHECK(sample.sums.ram_bytes == sample.sums.cpu_milli * 10);
  }
  return text;
}

TEST_CASE("a job uses what its hosts have said last") {
  UsageBook book;
  book.take(core::HostId("a"), use_of(kWeb, 100), kNow);
  book.take(core::HostId("b"), use_of(kWeb, 30), kNow + seconds(5));
  CHECK(samples_of(book, kWeb, kNow + seconds(6)) == "0:130 ");
  book.take(core::HostId("a"), use_of(kWeb, 50), kNow + seconds(21));
  CHECK(samples_of(book, kWeb, kNow + seconds(70)) == "0:130 1:80 2:80 3:80 ");
  book.take(core::HostId("a"), use_of(kMail, 7), kNow + seconds(71));
  CHECK(samples_of(book, kWeb, kNow + seconds(71)) == "0:130 1:80 2:80 3:30 ");
  CHECK(samples_of(book, kMail, kNow + seconds(71)) == "3:7 ");
  CHECK(samples_of(book, {"www", "prod", "none"}, kNow) == "");
  CHECK(book.find_host(core::HostId("a"), kNow + seconds(71))->sums == UsageSums{1, 7, 70});
  CHECK_FALSE(book.find_host(core::HostId("c"), kNow).has_value());
}

TEST_CASE("a host that is silent counts no more, and a job of which nobody speaks is forgotten after its hour") {
  UsageBook book;
  book.take(core::HostId("a"), use_of(kWeb, 100), kNow);
  CHECK(book.find_host(core::HostId("a"), kNow + minutes(5)).has_value());
  CHECK_FALSE(book.find_host(core::HostId("a"), kNow + minutes(6)).has_value());
  const auto later = book.list(kWeb, kNow + minutes(59));
  CHECK(later.front().sums.cpu_milli == 100);
  CHECK(later.back().sums.cpu_milli == 0);
  CHECK(later.size() <= 181);
  CHECK(book.list(kWeb, kNow + minutes(70)).empty());
}

TEST_CASE("the book is bounded in hosts and jobs, and what it had no room for is never taken away") {
  UsageBook book({.hosts = 2, .jobs = 1});
  book.take(core::HostId("a"), use_of(kWeb, 1), kNow);
  book.take(core::HostId("b"), use_of(kMail, 2), kNow);
  book.take(core::HostId("c"), use_of(kWeb, 4), kNow);
  CHECK(samples_of(book, kWeb, kNow) == "0:1 ");
  CHECK(book.list(kMail, kNow).empty());
  CHECK(book.find_host(core::HostId("b"), kNow)->sums.cpu_milli == 2);
  CHECK_FALSE(book.find_host(core::HostId("c"), kNow).has_value());
  book.take(core::HostId("b"), use_of(kWeb, 8), kNow);
  CHECK(samples_of(book, kWeb, kNow) == "0:9 ");
}

TEST_CASE("the more hosts there are, the less often each is to say something") {
  UsageBook book;
  Duration pause = book.take(core::HostId("h"), use_of(kWeb, 1), kNow);
  CHECK(pause == kUsageStep);
  for (int i = 0; i < 10'000; ++i) pause = book.take(core::HostId("h" + std::to_string(i)), use_of(kWeb, 1), kNow);
  CHECK(pause == seconds(66));
  CHECK(samples_of(book, kWeb, kNow) == "0:10001 ");
}

TaskSeries series_of(const core::JobKey& job, std::vector<std::pair<int64_t, double>> points, bool is_active = true) {
  TaskSeries series;
  series.summary.job = job;
  series.summary.cpus = 2;
  series.summary.ram_mb = 64;
  series.is_active = is_active;
  for (const auto& [secs, cpus] : points) series.points.push_back({.at = kNow + seconds(secs), .cpus = cpus, .memory_bytes = 1000});
  return series;
}

TEST_CASE("a host uses what its tasks do, for as long as they run") {
  CHECK(sum_of_host({}, kNow).empty());
  const auto sums = sum_of_host({series_of(kWeb, {{-95, 1}, {-85, 1}, {-75, 2}, {-65, 2}, {-55, 2}}, false), series_of(kMail, {{-45, 4}, {-35, 4}, {-5, 8}})}, kNow);
  std::string text;
  for (const HostUsagePoint& sum : sums) {
    text += std::to_string((sum.at - kNow).ms / 1000) + ":" + std::to_string(static_cast<int>(sum.cpus)) + "/" + std::to_string(static_cast<int>(sum.reserved_cpus)) + " ";
    CHECK(sum.reserved_ram_mb == sum.ram_bytes * 64 / 1000);
  }
  CHECK(text == "-80:1/2 -60:2/2 -40:6/4 -20:4/2 0:8/2 ");
}

TEST_CASE("a point of a minute stands for all of it") {
  std::vector<std::pair<int64_t, double>> points;
  for (int64_t minute = -30; minute <= 0; ++minute) points.emplace_back(minute * 60, 3);
  const auto sums = sum_of_host({series_of(kWeb, points)}, kNow);
  CHECK(sums.size() == 91);
  for (const HostUsagePoint& sum : sums) CHECK(sum.cpus == 3);
}

TEST_CASE("what is said to the scheduler is a sum by job, of tasks that are active") {
  const auto jobs = sums_by_job({series_of(kWeb, {{-9, 1}, {-1, 0.25}}), series_of(kWeb, {{-1, 0.5}}), series_of(kMail, {{-1, 9}}, false)});
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].job == kWeb);
  CHECK(jobs[0].tasks == 2);
  CHECK(jobs[0].cpu_milli == 750);
  CHECK(jobs[0].ram_bytes == 2000);
}

TEST_CASE("a host without tasks has used nothing") {
  ExecutorBench bench;
  CHECK(bench.json("/v1/host/usage").find("points")->items().empty());
  CHECK(bench.get("/v1/host/usage?x=1").status == 400);
}

constexpr const char* kReport = R"({"jobs":[{"job":{"role":"www","environment":"prod","name":"web"},"tasks":2,"cpuMilli":1500,"ramBytes":4096}],"new":1})";

TEST_CASE("what hosts say is told by host and by job, beside how many instances were up") {
  SchedulerBench bench;
  bench.create(test::a_job_of(test::a_service("www/prod/web"), 2));
  CHECK(bench.post("/v1/hosts/h1/usage", kReport).int_or("nextMs", 0) == kUsageStep.ms);
  const auto hosts = bench.get("/v1/hostUsage?host=h1&host=h2");
  CHECK(join(hosts, "hosts", "host") == "h1");
  CHECK(join(hosts, "hosts", "cpu") == "1.5");
  CHECK(bench.call("GET", "/v1/hostUsage").status == 400);
  const auto usage = bench.get("/v1/jobs/www/prod/web/usage");
  const auto& points = usage.find("points")->items();
  REQUIRE(points.size() >= 180);
  CHECK(points.size() <= 181);
  CHECK(points.back().int_or("up", -1) == 0);
  CHECK(points.back().int_or("restarts", -1) == 0);
  CHECK(points.back().int_or("ramBytes", -1) == 4096);
  CHECK(points.front().find("cpu") == nullptr);
  CHECK(bench.get("/v1/jobs/www/prod/none/usage").find("points")->items().size() >= 180);
}

TEST_CASE("what no host can use is refused, and a secret is asked for to say it") {
  SchedulerBench bench;
  for (const char* use : {R"("tasks":-1)", R"("cpuMilli":2000000000)", R"("ramBytes":99999999999999)"}) {
    const std::string job = R"({"job":{"role":"www","environment":"prod","name":"web"},)" + std::string(use) + "}";
    CHECK(bench.call("POST", "/v1/hosts/h1/usage", R"({"jobs":[)" + job + "]}").status == 400);
  }
  const std::string twice = R"({"job":{"role":"www","environment":"prod","name":"web"}})";
  CHECK(bench.call("POST", "/v1/hosts/h1/usage", R"({"jobs":[)" + twice + "," + twice + "]}").status == 400);
  CHECK(bench.call("POST", "/v1/hosts/h1/usage", "nonsense").status == 400);
  SchedulerBench guarded("0123456789abcdef");
  CHECK(guarded.call("POST", "/v1/hosts/h1/usage", kReport).status == 401);
}

}  // namespace
}  // namespace aurora::api

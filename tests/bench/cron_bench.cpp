// Cron jobs by the thousand, through the engine and RocksDB on a real disk: how long after their moment the last of so many
// that are due in the same minute is placed, and what as many cost that are not due: a start and an idle minute.
// cron_bench [FOLDER] [JOBS-DUE] [JOBS-IDLE]
#include <pthread.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/os/time_zones.h"
#include "aurora/scheduler/engine.h"
#include "aurora/scheduler/local_round_log.h"
#include "support/decider.h"

namespace {

using namespace aurora;
using Steady = std::chrono::steady_clock;

struct Nowhere : scheduler::Outbox {
  void post(std::vector<core::Effect>) override {}
};

double cpu_of_process() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

scheduler::EngineConfig settings() {
  scheduler::EngineConfig config;
  config.settings.cron.zones = os::time_zones();
  return config;
}

// One scheduler's life on the database of `folder`.
class Life {
 public:
  explicit Life(const std::string& folder) {
    auto opened = store::open_rocks_store(folder, store::IfMissing::Initialize);
    if (!opened.ok()) fail(opened.error().message);
    store_ = std::move(opened).value();
    log_ = std::make_unique<scheduler::LocalRoundLog>(*store_, counters_);
    engine_ = std::make_unique<scheduler::Engine>(settings(), *store_, *log_, clock_, Rng(1), outbox_, counters_);
    const auto begin = Steady::now();
    if (!engine_->start().ok()) fail("the engine does not start");
    start_ms = std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
    loop_ = std::thread([this] { engine_->run(); });
  }
  ~Life() {
    engine_->stop();
    loop_.join();
  }

  [[noreturn]] static void fail(const std::string& why) {
    std::fprintf(stderr, "cron_bench: %s\n", why.c_str());
    std::exit(1);
  }

  template <typename C>
  void ask(C command) {
    const auto answer = engine_->submit(std::move(command));
    if (!answer.ok()) fail(answer.error().message);
  }

  // Answers are not waited for, but for the last.
  void schedule(int count, const std::string& schedule) {
    std::atomic<int> open = 0;
    for (int i = 0; i < count; ++i) {
      core::JobConfiguration job = test::a_job("www/prod/job-" + std::to_string(i), 1);
      job.task_config.resources.cpus = 0.01;
      job.cron_schedule = schedule;
      job.cron_time_zone = i % 2 == 0 ? "Europe/Berlin" : "GMT";
      while (open > 5'000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++open;
      engine_->submit_async(core::ScheduleCronJob{std::move(job), "bench"}, [&](Result<core::Answer> answer) {
        if (!answer.ok()) fail(answer.error().message);
        --open;
      });
    }
    while (open > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void add_hosts(int count) {
    for (int i = 0; i < count; ++i) {
      core::ReportTasks report;
      report.host_id = core::HostId("h" + std::to_string(i));
      report.session = "s";
      report.sequence = 1;
      report.host = test::a_host(report.host_id.value());
      report.host->capacity = {32, 65'536, 1'000'000, 0, 1'000};
      report.complete = true;
      ask(report);
    }
  }

  size_t count(core::TaskStatus status) {
    return engine_->query([&](const core::Cluster& cluster) { return cluster.task_count(status); });
  }

  double start_ms = 0;

 private:
  std::unique_ptr<store::Store> store_;
  SystemClock clock_;
  Nowhere outbox_;
  Counters counters_;
  std::unique_ptr<scheduler::LocalRoundLog> log_;
  std::unique_ptr<scheduler::Engine> engine_;
  std::thread loop_;
};

// Seconds from the minute's beginning until all are on their hosts, and the CPU of that.
void measure_due(const std::string& folder, int jobs) {
  Life life(folder);
  life.add_hosts(200);
  life.schedule(jobs, "* * * * *");
  if (life.count(core::TaskStatus::Assigned) > 0) Life::fail("the minute was over too soon; try again");
  while (SystemClock().now().ms % 60'000 > 1'000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int64_t minute = SystemClock().now().ms / 60'000 * 60'000;
  const double cpu = cpu_of_process();
  while (life.count(core::TaskStatus::Assigned) < static_cast<size_t>(jobs)) {
    if (SystemClock().now().ms - minute > 30'000) Life::fail("not all are placed within 30 s");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double seconds = static_cast<double>(SystemClock().now().ms - minute) / 1000;
  std::printf("%d cron jobs due in one minute: the last is placed %.2f s after it began (wanted: 2), %.0f us of CPU each\n",
              jobs, seconds, (cpu_of_process() - cpu) / jobs * 1e6);
}

double idle_cpu(const std::string& folder, double& start_ms, int seconds) {
  Life life(folder);
  start_ms = life.start_ms;
  std::this_thread::sleep_for(std::chrono::seconds(2));  // what a start leaves to be done
  const double cpu = cpu_of_process();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  return (cpu_of_process() - cpu) / seconds;
}

void measure_idle(const std::string& folder, int jobs) {
  constexpr int kSeconds = 20;
  double start_empty = 0;
  double start_full = 0;
  const double empty = idle_cpu(folder + "/empty", start_empty, kSeconds);
  {
    Life life(folder + "/full");
    life.schedule(jobs, "30 2 1 1 *");
  }
  const double full = idle_cpu(folder + "/full", start_full, kSeconds);
  std::printf("%d idle cron jobs: a start takes %.0f ms (none: %.0f), %.1f us each\n", jobs, start_full, start_empty,
              (start_full - start_empty) / jobs * 1000);
  std::printf("and %.3f %% of a core meanwhile (none: %.3f %%), %.2f times as much\n", full * 100, empty * 100, full / empty);
}

}  // namespace

int main(int argc, char** argv) {
  aurora::configure_log(aurora::LogFormat::Text, aurora::LogLevel::Error);
  const std::string folder = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string() + "/cron_bench";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  measure_due(folder + "/due", argc > 2 ? std::atoi(argv[2]) : 10'000);
  measure_idle(folder, argc > 3 ? std::atoi(argv[3]) : 100'000);
  std::filesystem::remove_all(folder);
}

// What a beat costs the scheduler when nothing has happened: processor time of its whole process for each
// beat, over HTTP, with 10, 100 and 1,000 tasks on the host; as a list over a connection of its own, and as a
// digest over one that is kept. Prints, asserts nothing about time.
//   beat_bench [beats]
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "aurora/api/scheduler_api.h"
#include "aurora/base/log.h"
#include "aurora/codec/json.h"
#include "aurora/scheduler/local_round_log.h"
#include "support/builders.h"
#include "support/memory_store.h"

using namespace aurora;

namespace {

constexpr int kHosts = 20;

struct NoOutbox final : scheduler::Outbox {
  void post(std::vector<core::Effect>) override {}
};

core::Host host_of(int number) {
  core::Host host = test::a_host("host" + std::to_string(number));
  host.capacity.cpus = 1e6;
  host.capacity.ram_mb = host.capacity.disk_mb = int64_t{1} << 40;
  return host;
}

std::vector<core::Task> tasks_of(int number, int count) {
  const core::TaskConfig config = test::a_service("www/prod/service" + std::to_string(number));
  const core::Host host = host_of(number);
  std::vector<core::Task> tasks;
  for (int i = 0; i < count; ++i) {
    tasks.push_back(test::a_task({.status = core::TaskStatus::Running,
                                  .instance = i,
                                  .config = config,
                                  .suffix = "6f1b8a4e-0a53-4b60-9d7a-0123456789ab",
                                  .host = host.id.value()}));
  }
  return tasks;
}

// A scheduler whose tables hold the tasks already; writes its port, and lives until it is killed.
[[noreturn]] void run_scheduler(int tasks_per_host, int port_pipe) {
  test::SimDisk disk;
  test::MemoryStore store(disk);
  std::vector<core::Change> records;
  for (int number = 0; number < kHosts; ++number) {
    records.push_back(core::HostSaved{host_of(number)});
    for (const core::Task& task : tasks_of(number, tasks_per_host)) records.push_back(core::TaskSaved{task});
  }
  AURORA_CHECK(store.commit(records).ok());
  SystemClock clock;
  Counters counters;
  NoOutbox outbox;
  scheduler::LocalRoundLog log(store, counters);
  scheduler::Engine engine({}, store, log, clock, Rng(1), outbox, counters);
  AURORA_CHECK(engine.start().ok());
  net::Server server(net::ServerConfig{},
                     api::scheduler_routes({.engine = engine,
                                            .counters = counters,
                                            .clock = clock,
                                            .cluster_name = "bench",
                                            .scheduler_host = "bench",
                                            .started_at = clock.now(),
                                            .secret = "",
                                            .on_quit = [] {}}),
                     &counters);
  AURORA_CHECK(server.start().ok());
  const int port = server.port();
  AURORA_CHECK(write(port_pipe, &port, sizeof port) == sizeof port);
  engine.run();
  std::exit(0);
}

class Scheduler {
 public:
  explicit Scheduler(int tasks_per_host) {
    int ends[2] = {};
    AURORA_CHECK(pipe(ends) == 0);
    pid_ = fork();
    if (pid_ == 0) run_scheduler(tasks_per_host, ends[1]);
    AURORA_CHECK(read(ends[0], &port_, sizeof port_) == sizeof port_);
    close(ends[0]);
    close(ends[1]);
    AURORA_CHECK(clock_getcpuclockid(pid_, &processor_) == 0);
  }
  ~Scheduler() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  double processor_us() const {
    timespec time{};
    AURORA_CHECK(clock_gettime(processor_, &time) == 0);
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e3;
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  pid_t pid_ = 0;
  int port_ = 0;
  clockid_t processor_{};
};

struct Executor {
  Executor(int number, int task_count) {
    report.host_id = host_of(number).id;
    report.session = "6f1b8a4e-0a53-4b60-9d7a-0123456789ab";
    report.host = host_of(number);
    report.complete = true;
    report.digest.emplace();
    for (const core::Task& task : tasks_of(number, task_count)) {
      tasks.push_back(
          {task.id, core::TaskStatus::Running, "No health-check defined, task is assumed healthy.", {}});
      report.digest->add(task.id, core::TaskStatus::Running);
    }
    report.tasks = tasks;
  }
  core::ReportTasks::Answer send(const Scheduler& scheduler) {
    ++report.sequence;
    const auto response = http->send({.method = "POST",
                                      .url = scheduler.url("/v1/hosts/" + report.host_id.value() + "/report"),
                                      .body = codec::encode_json(report)});
    AURORA_CHECK(response.ok() && response->status == 200);
    return codec::decode_json<core::ReportTasks::Answer>(response->body).value();
  }
  std::vector<core::TaskReport> tasks;
  core::ReportTasks report;
  std::unique_ptr<net::HttpClient> http = net::make_http_client();
};

enum class Way { ListOnOwnConnection, ListOnKeptConnection, Digest };

double cost_of_beat(const Scheduler& scheduler, std::vector<Executor>& executors, Way way, int beats) {
  for (Executor& executor : executors) {
    executor.report.complete = way != Way::Digest;
    executor.report.tasks = way == Way::Digest ? std::vector<core::TaskReport>() : executor.tasks;
    executor.send(scheduler);
  }
  const double before = scheduler.processor_us();
  for (int beat = 0; beat < beats; ++beat) {
    Executor& executor = executors[static_cast<size_t>(beat) % executors.size()];
    if (way == Way::ListOnOwnConnection) executor.http = net::make_http_client();
    AURORA_CHECK(executor.send(scheduler).agrees);
  }
  return (scheduler.processor_us() - before) / beats;
}

// Of a request that asks nothing of the engine: what the server takes of each.
double cost_of_request(const Scheduler& scheduler, int requests) {
  const std::unique_ptr<net::HttpClient> http = net::make_http_client();
  AURORA_CHECK(http->send({.url = scheduler.url("/health")}).ok());
  const double before = scheduler.processor_us();
  for (int i = 0; i < requests; ++i) AURORA_CHECK(http->send({.url = scheduler.url("/health")}).ok());
  return (scheduler.processor_us() - before) / requests;
}

}  // namespace

int main(int argc, char** argv) {
  configure_log(LogFormat::Text, LogLevel::Error);
  const int beats = argc > 1 ? std::atoi(argv[1]) : 2000;
  std::printf("microseconds of the scheduler's processor time for a beat without news\n");
  std::printf("%14s %24s %24s %24s\n", "tasks per host", "list, own connection", "list, kept connection",
              "digest, kept connection");
  for (const int tasks : {10, 100, 1000}) {
    const Scheduler scheduler(tasks);
    std::vector<Executor> executors;
    for (int number = 0; number < kHosts; ++number) executors.emplace_back(number, tasks);
    for (Executor& executor : executors) {
      executor.send(scheduler);
      executor.report.host.reset();
    }
    std::printf("%14d %24.0f %24.0f %24.0f\n", tasks,
                cost_of_beat(scheduler, executors, Way::ListOnOwnConnection, beats),
                cost_of_beat(scheduler, executors, Way::ListOnKeptConnection, beats),
                cost_of_beat(scheduler, executors, Way::Digest, beats));
    std::fflush(stdout);
  }
  std::printf("for comparison, a GET of /health on a kept connection: %.0f\n",
              cost_of_request(Scheduler(0), beats));
  return 0;
}

// What health checks of 1,000 tasks cost: each asked every second over HTTP by one tiny server in this
// process, then each by the command `true`. CPU is the checker's thread alone; what the kernel does for its
// sockets is in it, what bash costs is not. The reference is what nobody can save who runs a command: to clone
// and reap it.
//
//   ninja -C build health_bench && build/health_bench [tasks] [seconds]
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "aurora/executor/health_checker.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "support/temp_folder.h"
#include "support/tiny_server.h"

namespace aurora {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}
double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

// Answers "ok" to whatever comes, in one thread, and says what that took.
class Answerer {
 public:
  Answerer() : thread_([this] { run(); }) {}
  ~Answerer() {
    is_stopping_ = true;
    thread_.join();
  }
  int port() const { return server_.port(); }
  double cpu() const { return cpu_; }

 private:
  void run() {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    const int listening = server_.descriptor();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listening;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
    while (!is_stopping_) {
      epoll_event ready[64];
      const int count = ::epoll_wait(epoll, ready, 64, 100);
      for (int i = 0; i < count; ++i)
        ready[i].data.fd == listening ? accept(epoll) : answer(ready[i].data.fd);
      cpu_ = cpu_seconds(RUSAGE_THREAD);
    }
    ::close(epoll);
  }
  void accept(int epoll) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = ::accept4(server_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (event.data.fd >= 0) ::epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
  }
  static void answer(int client) {
    static const std::string kText = test::http_ok("ok");
    char buffer[1000];
    if (::recv(client, buffer, sizeof buffer, 0) > 0)
      static_cast<void>(!::send(client, kText.data(), kText.size(), MSG_NOSIGNAL));
    ::close(client);
  }

  test::TinyServer server_{test::never()};
  std::atomic<bool> is_stopping_ = false;
  std::atomic<double> cpu_ = 0;
  std::thread thread_;
};

// Folders as of running tasks: a plan, a checkpoint that says so, and its lock.
class Tasks {
 public:
  Tasks(int count, const core::HealthPlan& plan) {
    for (int i = 0; i < count; ++i) add(core::TaskId("task" + std::to_string(i)), plan);
  }
  executor::WorkFolder work() const { return {folder_.path(), folder_.path() + "/state", "agent"}; }
  std::vector<core::TaskId> ids;

 private:
  void add(const core::TaskId& task_id, const core::HealthPlan& health) {
    const executor::TaskPaths paths = work().paths_of(task_id);
    AURORA_CHECK(os::make_folders(paths.folder).ok() && os::make_folders(paths.sandbox).ok());
    executor::RunnerPlan plan;
    plan.task_id = task_id;
    plan.sandbox = paths.sandbox;
    plan.search_path = "/usr/bin:/bin";
    plan.health = health;
    AURORA_CHECK(executor::write_plan(paths.plan, plan, "{}", {}).ok());
    os::Fd checkpoint = std::move(os::open_for_append(paths.checkpoint)).value();
    AURORA_CHECK(os::append_all(checkpoint, executor::encode_record(core::RunStateRecord{})).ok());
    AURORA_CHECK(os::try_lock(checkpoint));
    locks_.push_back(std::move(checkpoint));
    ids.push_back(task_id);
  }

  test::TempFolder folder_;
  std::vector<os::Fd> locks_;
};

int64_t count_checks(const Tasks& tasks, const executor::HealthChecker& checker) {
  int64_t checks = 0;
  for (const core::TaskId& task_id : tasks.ids) {
    const auto record = checker.records().find(task_id);
    checks += record ? record->checks : 0;
  }
  return checks;
}

void measure(const char* name, int count, int seconds, const core::HealthPlan& plan, const Answerer& server) {
  const Tasks tasks(count, plan);
  const SystemClock clock;
  std::atomic<int> failures = 0;
  executor::HealthChecker checker({.work = tasks.work()}, clock);
  checker.start([&](const core::HostEvent& event) {
    failures += std::holds_alternative<core::EndRequested>(event) ? 1 : 0;
  });
  for (const core::TaskId& task_id : tasks.ids) checker.watch(task_id, true);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const int64_t checks = count_checks(tasks, checker);
  const double cpu = cpu_seconds(RUSAGE_SELF) - server.cpu();
  const double own = cpu_seconds(RUSAGE_CHILDREN);
  const Duration begun = clock.monotonic();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const double passed = static_cast<double>((clock.monotonic() - begun).ms) / 1000;
  const double used = cpu_seconds(RUSAGE_SELF) - server.cpu() - cpu;
  const auto done = static_cast<double>(count_checks(tasks, checker) - checks);
  std::printf(
      "%-6s %5d tasks: %6.0f checks a second, %5.1f us of CPU each, %5.1f %% of a core; %.0f us each in "
      "children; %d failed\n",
      name, count, done / passed, used / done * 1e6, used / passed * 100,
      (cpu_seconds(RUSAGE_CHILDREN) - own) / done * 1e6, failures.load());
}

// Microseconds of this process for each clone and reap of the same command.
double measure_bare_spawn(int count) {
  const os::SpawnRequest request{.program = "/bin/bash", .arguments = {"bash", "-c", "true"}};
  const double before = cpu_seconds(RUSAGE_THREAD);
  for (int i = 0; i < count; ++i) {
    const Result<int> pid = os::spawn(request);
    AURORA_CHECK(pid.ok());
    os::wait_for_child(*pid);
  }
  return (cpu_seconds(RUSAGE_THREAD) - before) / count * 1e6;
}

}  // namespace
}  // namespace aurora

int main(int argc, char** argv) {
  using namespace aurora;
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  os::raise_file_limit();
  os::block_signals({SIGPIPE});
  const Answerer server;
  const core::HealthPolicy policy{.interval = aurora::seconds(1), .timeout = aurora::seconds(30)};
  measure("http", tasks, seconds, {core::HttpCheck{server.port(), "/health", "ok", 0}, policy}, server);
  measure("shell", tasks, seconds, {core::ShellCheck{"true"}, policy}, server);
  std::printf("clone and reap of the same command alone: %5.1f us each\n", measure_bare_spawn(tasks));
}

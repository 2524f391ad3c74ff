// How long it takes until 100, 500 and 1,000 instances of `sleep 3600` run, and until they are gone: through
// the real scheduler, executor, runners and shells, over HTTP. Next to it two plain loops, until their
// processes are there: one forks and executes as many `sleep`s, the other as many `bash -c 'sleep 3600'`,
// as which a task's process must run. Then what supervising one idle task costs.
//
//   ninja -C build aurora launch_bench && build/launch_bench [path of aurora] [counts...]
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/codec/json.h"
#include "aurora/net/http.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "support/builders.h"
#include "support/temp_folder.h"

namespace aurora {
namespace {

constexpr char kRole[] = "www-data";
constexpr std::string_view kSleep("sleep\0003600", 10);  // as /proc shows it

double seconds_since(Duration start) {
  return static_cast<double>((SystemClock().monotonic() - start).ms) / 1000;
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "launch_bench: %s\n", why.c_str());
  std::exit(1);
}

int free_port() {
  net::Server probe({}, {});
  if (!probe.start().ok()) give_up("no free port");
  return probe.port();
}

// A scheduler and an executor as processes, stopped with their tasks at the end.
class Devcluster {
 public:
  explicit Devcluster(std::string program) : program_(std::move(program)) {
    ::chmod(folder_.path().c_str(), 0755);
    scheduler_ = start({"scheduler", "--cluster_name=bench", "--http_port=" + std::to_string(scheduler_port_),
                        "--data_dir=" + folder_.path() + "/scheduler"});
    executor_ =
        start({"executor", "--scheduler_url=" + url(), "--http_port=" + std::to_string(executor_port_),
               "--work_dir=" + folder_.path() + "/work", "--hostname=bench", "--cpus=10000", "--ram=10TB",
               "--disk=1000TB"});
    wait_until("the executor is registered", [&] { return get("/v1/hosts").int_or("total", 0) == 1; });
  }
  ~Devcluster() {
    for (const int pid : {executor_, scheduler_}) {
      ::kill(pid, SIGTERM);
      ::waitpid(pid, nullptr, 0);
    }
  }

  codec::JsonValue get(const std::string& path) { return send({.url = url() + path}); }
  codec::JsonValue post(const std::string& path, const std::string& body) {
    return send({.method = "POST", .url = url() + path, .body = body});
  }
  template <typename F>
  void wait_until(const std::string& what, F is_true) {
    const Duration start = SystemClock().monotonic();
    while (!is_true()) {
      if (seconds_since(start) > 120) give_up("waited 120 s in vain until " + what);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  int executor() const { return executor_; }

 private:
  int start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "aurora");
    const auto pid = os::spawn({.program = program_,
                                .arguments = std::move(arguments),
                                .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                                .stderr_path = folder_.path() + "/log"});
    if (!pid.ok()) give_up(pid.error().message);
    return *pid;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(scheduler_port_); }
  codec::JsonValue send(const net::ClientRequest& request) {
    const auto response = http_->send(request);
    if (!response.ok()) return {};
    const auto value = codec::JsonValue::parse(response->body);
    if (response->status >= 400 && response->status != 503) give_up(response->body);
    return value.ok() ? *value : codec::JsonValue();
  }

  const std::string program_;
  test::TempFolder folder_;
  const int scheduler_port_ = free_port();
  const int executor_port_ = free_port();
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client();
  int scheduler_ = 0;
  int executor_ = 0;
};

core::JobConfiguration sleeping_job(const std::string& name, int instances) {
  core::TaskConfig config = test::a_service(std::string(kRole) + "/devel/" + name);
  config.owner.user = kRole;
  config.resources.cpus = 0.1;
  config.executor_config = core::ExecutorConfig{
      "AuroraExecutor", R"({"task": {"name": "s", "processes": [{"name": "s", "cmdline": "sleep 3600"}]}})"};
  core::JobConfiguration job = test::a_job_of(config, instances);
  return job;
}

std::string command_of(int pid) {
  const auto text = os::read_file("/proc/" + std::to_string(pid) + "/cmdline");
  return text.ok() ? *text : "";
}

// Descendants of the process that run `sleep 3600`.
size_t count_sleeps(int ancestor) {
  const std::vector<int> all = os::descendants_of(ancestor);
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [](int pid) { return command_of(pid).starts_with(kSleep); }));
}

double measure_plain_loop(int count, const std::vector<const char*>& command) {
  std::vector<const char*> arguments = command;
  arguments.push_back(nullptr);
  std::vector<pid_t> pids;
  const Duration start = SystemClock().monotonic();
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execvp(arguments[0], const_cast<char* const*>(arguments.data()));
      ::_exit(127);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) {
    while (!command_of(pid).starts_with(kSleep)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const double seconds = seconds_since(start);
  for (const pid_t pid : pids) ::kill(pid, SIGKILL);
  for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
  return seconds;
}

std::string key_of(const std::string& name) { return std::string(kRole) + "/devel/" + name; }

int64_t count_tasks(Devcluster& cluster, const std::string& name, const std::string& filter) {
  return cluster
      .get("/v1/tasks?role=" + std::string(kRole) + "&environment=devel&name=" + name + "&limit=1&" + filter)
      .int_or("total", -1);
}

void measure_launch(Devcluster& cluster, int count) {
  const double loop = measure_plain_loop(count, {"sleep", "3600"});
  const double shell_loop = measure_plain_loop(count, {"bash", "-c", "sleep 3600"});
  const std::string name = "sleep" + std::to_string(count);
  const Duration created = SystemClock().monotonic();
  cluster.post("/v1/jobs", codec::encode_json(sleeping_job(name, count)));
  cluster.wait_until("all are RUNNING",
                     [&] { return count_tasks(cluster, name, "status=RUNNING") == count; });
  cluster.wait_until("all processes are there",
                     [&] { return count_sleeps(cluster.executor()) == static_cast<size_t>(count); });
  const double running = seconds_since(created);
  const Duration killed = SystemClock().monotonic();
  cluster.post("/v1/jobs/" + key_of(name) + "/kill", "{}");
  cluster.wait_until("all are gone", [&] {
    return count_tasks(cluster, name, "active=true") == 0 && count_sleeps(cluster.executor()) == 0;
  });
  std::printf("%9d %9.2f s %9.2f s %9.2f s %9.1f %9.1f %9.2f s\n", count, loop, shell_loop, running,
              running / loop, running / shell_loop, seconds_since(killed));
}

int64_t private_kilobytes(int pid) {
  const auto text = os::read_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  if (!text.ok()) return 0;
  int64_t total = 0;
  for (const char* field : {"Private_Dirty:", "Private_Hugetlb:"}) {
    const size_t at = text->find(field);
    if (at != std::string::npos) total += std::atoll(text->c_str() + at + std::string(field).size());
  }
  return total;
}

// Of the runners: what only they use, and how often they wake up.
void measure_idle(Devcluster& cluster) {
  constexpr int kCount = 10;
  constexpr int kSeconds = 10;
  cluster.post("/v1/jobs", codec::encode_json(sleeping_job("idle", kCount)));
  cluster.wait_until("all are RUNNING",
                     [&] { return count_tasks(cluster, "idle", "status=RUNNING") == kCount; });
  std::vector<int> runners;
  for (const int nursery : os::children_of(cluster.executor())) runners = os::children_of(nursery);
  const auto cpu_ms = [&] {
    int64_t total = 0;
    for (const int pid : runners) {
      const auto info = os::find_process(pid);
      if (info) total += (info->user_time + info->system_time).ms;
    }
    return total;
  };
  int64_t kilobytes = 0;
  for (const int pid : runners) kilobytes += private_kilobytes(pid);
  const int64_t before = cpu_ms();
  std::this_thread::sleep_for(std::chrono::seconds(kSeconds));
  std::printf("\nidle supervisor: %lld kB private memory, %lld ms of CPU in %d s (mean of %zu)\n",
              static_cast<long long>(kilobytes / static_cast<int64_t>(runners.size())),
              static_cast<long long>((cpu_ms() - before) / static_cast<int64_t>(runners.size())), kSeconds,
              runners.size());
  cluster.post("/v1/jobs/" + key_of("idle") + "/kill", "{}");
  cluster.wait_until("all are gone", [&] { return count_tasks(cluster, "idle", "active=true") == 0; });
}

}  // namespace
}  // namespace aurora

int main(int argc, char** argv) {
  using namespace aurora;
  const auto own_folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  Devcluster cluster(argc > 1 ? argv[1] : (own_folder / "aurora").string());
  std::vector<int> counts;
  for (int i = 2; i < argc; ++i) counts.push_back(std::atoi(argv[i]));
  if (counts.empty()) counts = {100, 500, 1000};
  std::printf("instances  sleep loop   bash loop  all RUNNING  times sleep  times bash  all gone\n");
  for (const int count : counts) measure_launch(cluster, count);
  measure_idle(cluster);
  return 0;
}

// aurora_farm: the other side of a scheduler that is measured. See tests/bench/README.md.
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "aurora/net/secret.h"
#include "aurora/os/poller.h"
#include "farm/farm.h"
#include "farm/load.h"
#include "farm/references.h"
#include "farm/slow_clients.h"

namespace aurora::farm {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "aurora_farm: %s\n", why.c_str());
  std::exit(1);
}

void raise_limits(size_t needed, size_t wanted) {
  os::raise_file_limit();
  const rlimit limit{wanted, wanted};
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  if (now.rlim_cur < wanted) ::setrlimit(RLIMIT_NOFILE, &limit);  // what only root may
  ::getrlimit(RLIMIT_NOFILE, &now);
  if (now.rlim_cur < needed) {
    give_up("needs " + std::to_string(needed) + " descriptors and may have " + std::to_string(now.rlim_cur) +
            "; raise the limit (ulimit -n), or take less");
  }
}

struct Target {
  std::string url = "http://127.0.0.1:8081";
  std::string secret_file = {};

  void add_to(CLI::App& app) {
    app.add_option("--scheduler", url, "Where the scheduler answers; a numeric address")->capture_default_str();
    app.add_option("--secret_file", secret_file, "File with the cluster's secret [none]");
  }
  CallerConfig caller() const {
    CallerConfig config;
    const auto origin = parse_origin(url);
    if (!origin) give_up("'" + url + "' is not like http://127.0.0.1:8081");
    config.to = *origin;
    if (secret_file.empty()) return config;
    auto text = os::read_file(secret_file);
    if (!text.ok()) give_up(text.error().message);
    auto secret = net::parse_secret(std::move(*text), secret_file);
    if (!secret.ok()) give_up(secret.error().message);
    config.secret = *secret;
    return config;
  }
};

// One order a line, one line of JSON as the answer. The end of the input is the end of the farm.
class Orders final : public Watcher {
 public:
  Orders(EventLoop& loop, Farm& farm) : loop_(loop), farm_(farm) { loop_.watch(STDIN_FILENO, EPOLLIN, *this); }

  void on_events(uint32_t) override {
    char bytes[4096];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return loop_.stop();
    waiting_.append(bytes, static_cast<size_t>(count));
    for (size_t end; (end = waiting_.find('\n')) != std::string::npos; waiting_.erase(0, end + 1)) {
      const std::string answer = obey(waiting_.substr(0, end));
      std::printf("%s\n", answer.c_str());
      std::fflush(stdout);
    }
  }

 private:
  std::string obey(const std::string& line) {
    std::istringstream words(line);
    std::string order;
    int64_t number = 0;
    int64_t within_ms = 1000;
    words >> order >> number >> within_ms;
    if (order == "figures") return farm_.figures();
    if (order == "reset") {
      farm_.reset();
    } else if (order == "start_delay") {
      farm_.set_start_delay(milliseconds(number));
    } else if (order == "fail") {
      farm_.fail_tasks(static_cast<size_t>(number), milliseconds(within_ms));
    } else if (order == "quit") {
      loop_.stop();
    } else {
      return R"({"error":"orders: figures; reset; start_delay MS; fail COUNT WITHIN_MS; quit"})";
    }
    return "{}";
  }

  EventLoop& loop_;
  Farm& farm_;
  std::string waiting_;
};

int64_t to_ms(double seconds) { return static_cast<int64_t>(seconds * 1000); }

struct PlayOptions {
  Target target;
  FarmConfig farm;
  double spread = 5, start_delay = 0, task_time = 0;
  double keep = 20;  // as the executor's client (src/net/client.cpp)

  void add_to(CLI::App& app) {
    target.add_to(app);
    farm.capacity.cpus = 16;
    farm.capacity.ram_mb = 65536;
    farm.capacity.disk_mb = 1 << 20;
    app.add_option("--hosts", farm.hosts, "Executors")->capture_default_str();
    app.add_option("--port", farm.port, "Port of every executor; 0 is any free one")->capture_default_str();
    app.add_option("--cpus", farm.capacity.cpus, "Cores of each host")->capture_default_str();
    app.add_option("--ram_mb", farm.capacity.ram_mb, "Memory of each host, MiB")->capture_default_str();
    app.add_option("--disk_mb", farm.capacity.disk_mb, "Disk of each host, MiB")->capture_default_str();
    app.add_option("--racks", farm.racks, "Different values of the attribute 'rack'")->capture_default_str();
    app.add_option("--spread", spread, "Seconds from the first registration to the last")->capture_default_str();
    app.add_option("--start_delay", start_delay, "Seconds from a launch to RUNNING")->capture_default_str();
    app.add_option("--task_time", task_time, "Seconds from RUNNING to the end; 0: tasks run on")->capture_default_str();
    app.add_option("--fail_share", farm.fail_share, "Of the tasks that end: how many fail, 0 to 1")
        ->capture_default_str();
    app.add_option("--keep", keep, "Seconds for which an idle connection to the scheduler is used again, as executors do")
        ->capture_default_str();
    app.add_option("--seed", farm.seed, "Of what is drawn at random")->capture_default_str();
  }

  int run() {
    raise_limits(farm.hosts + 1000, 2 * farm.hosts + 1000);  // the scheduler may keep one to each executor, too
    farm.scheduler = target.caller();
    farm.scheduler.keep = milliseconds(to_ms(keep));
    farm.spread = milliseconds(to_ms(spread));
    farm.start_delay = milliseconds(to_ms(start_delay));
    farm.task_time = milliseconds(to_ms(task_time));
    EventLoop loop;
    Farm executors(loop, farm);
    if (const Status started = executors.start(); !started.ok()) give_up(started.error().message);
    const Orders orders(loop, executors);
    std::printf("{\"port\":%d}\n", executors.port());
    std::fflush(stdout);
    loop.run();
    std::_Exit(0);  // a million tasks need no tidying up
  }
};

struct LoadOptions {
  Target target;
  LoadConfig load;
  double seconds = 0, pause = 0, timeout = 120;

  void add_to(CLI::App& app, int64_t count) {
    target.add_to(app);
    load.count_max = count;
    app.add_option("--clients", load.clients, "Connections, each with one call at a time")->capture_default_str();
    app.add_option("--count", load.count_max, "Calls; 0: no limit")->capture_default_str();
    app.add_option("--seconds", seconds, "After which none is begun; 0: no limit")->capture_default_str();
    app.add_option("--pause", pause, "Seconds between an answer and a client's next call")->capture_default_str();
    app.add_option("--timeout", timeout, "Seconds for each answer")->capture_default_str();
  }

  int run(const std::function<Call(int64_t)>& make_call) {
    load.scheduler = target.caller();
    load.scheduler.timeout = milliseconds(to_ms(timeout));
    load.time_max = milliseconds(to_ms(seconds));
    load.pause = milliseconds(to_ms(pause));
    raise_limits(load.clients + 100, load.clients + 100);
    EventLoop loop;
    std::printf("%s\n", run_load(loop, load, make_call).c_str());
    return 0;
  }
};

}  // namespace
}  // namespace aurora::farm

int main(int argc, char** argv) {
  using namespace aurora;
  using namespace aurora::farm;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Executors and clients for measuring a scheduler; figures as JSON.", "aurora_farm");
  app.require_subcommand(1);

  PlayOptions play;
  CLI::App* executors = app.add_subcommand(
      "executors", "Plays executors. Orders on standard input: figures; reset; start_delay MS; fail COUNT WITHIN_MS; quit");
  play.add_to(*executors);

  LoadOptions creating;
  JobShape shape;
  CLI::App* create = app.add_subcommand("create", "Creates jobs");
  creating.add_to(*create, 1000);
  create->add_option("--prefix", shape.prefix, "Names are PREFIX-0, PREFIX-1...")->capture_default_str();
  create->add_option("--instances", shape.instances, "Of each job")->capture_default_str();
  create->add_option("--roles", shape.roles, "Jobs go round role-0, role-1...")->capture_default_str();
  create->add_option("--cpus", shape.cpus, "Cores of each task")->capture_default_str();
  create->add_option("--ram_mb", shape.ram_mb, "Memory of each task, MiB")->capture_default_str();
  create->add_option("--disk_mb", shape.disk_mb, "Disk of each task, MiB")->capture_default_str();
  create->add_option("--tier", shape.tier, "Of each job; empty: the scheduler's default");

  LoadOptions reading;
  std::string path = "/v1/cluster";
  CLI::App* get = app.add_subcommand("get", "Reads one address again and again");
  reading.add_to(*get, 1000);
  get->add_option("--path", path, "With its query")->capture_default_str();

  Target slow_target;
  SlowClientsConfig slow;
  CLI::App* slow_clients = app.add_subcommand("slow", "Connections that trickle or say nothing, until its input ends");
  slow_target.add_to(*slow_clients);
  slow_clients->add_option("--trickling", slow.trickling, "That send a byte each half second")->capture_default_str();
  slow_clients->add_option("--idle", slow.idle, "That were served once")->capture_default_str();

  std::string folder = ".";
  double seconds = 2;
  CLI::App* reference = app.add_subcommand("reference", "Measures the machine: synced appends, fork and exec");
  reference->add_option("--folder", folder, "On the disk that is measured")->capture_default_str();
  reference->add_option("--seconds", seconds, "For each of the two")->capture_default_str();

  CLI11_PARSE(app, argc, argv);
  if (executors->parsed()) return play.run();
  if (create->parsed()) return creating.run(creations_of(shape));
  if (get->parsed()) return reading.run([&](int64_t) { return Call{"GET", path, ""}; });
  if (slow_clients->parsed()) {
    slow.scheduler = slow_target.caller();
    raise_limits(slow.idle + slow.trickling + 100, slow.idle + slow.trickling + 100);
    EventLoop loop;
    run_slow_clients(loop, slow);
    return 0;
  }
  std::printf("%s\n", measure_references(folder, milliseconds(to_ms(seconds))).c_str());
  return 0;
}

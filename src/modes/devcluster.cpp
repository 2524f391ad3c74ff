#include "modes/devcluster.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "aurora/base/clock.h"
#include "aurora/client/clusters.h"
#include "aurora/codec/json_value.h"
#include "aurora/net/http.h"
#include "modes/child_process.h"
#include "modes/cluster_registry.h"
#include "modes/devcluster_folder.h"

namespace aurora {
namespace {

constexpr char kClusterName[] = "devcluster";
constexpr char kAddress[] = "127.0.0.1";
constexpr Duration kRestartDelay = seconds(1);
constexpr Duration kEarly = seconds(10);  // an end sooner than this after the start is an early one
constexpr int kEarlyEndsMax = 3;          // in a row; then the cluster stops
constexpr char kRefusesFlags[] = "exit status 2";
constexpr Duration kStopPatience = seconds(15);
constexpr Duration kKillPatience = seconds(40);  // tasks may take their time to end

std::string local_url(int port) { return std::string("http://") + kAddress + ":" + std::to_string(port); }

std::string self_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length <= 0 ? "/proc/self/exe" : std::string(path, static_cast<size_t>(length));
}

std::string host_name(int number) { return std::string(kClusterName) + "-" + std::to_string(number); }

std::vector<std::string> scheduler_arguments(const DevclusterOptions& options) {
  std::vector<std::string> arguments = {"scheduler",
                                        std::string("--cluster_name=") + kClusterName,
                                        std::string("--ip=") + kAddress,
                                        "--http_port=" + std::to_string(options.port),
                                        std::string("--hostname=") + kAddress,
                                        "--data_dir=" + options.folder + "/scheduler",
                                        "--initialize",
                                        "--record=" + options.folder + "/recording",
                                        "--record_max=16MB",
                                        "--secret_file=" + options.folder + "/secret"};
  arguments.insert(arguments.end(), options.scheduler_flags.begin(), options.scheduler_flags.end());
  return arguments;
}

// The hosts share the machine's ports, so each offers a part of the usual range.
std::string port_range(const DevclusterOptions& options, int number) {
  constexpr int kFirst = 31000;
  const int size = 1000 / options.executors;
  const int first = kFirst + (number - 1) * size;
  return std::to_string(first) + "-" + std::to_string(first + size - 1);
}

// Racks a, b, c, ...; hosts beyond the 26th share them again.
std::vector<std::string> executor_arguments(const DevclusterOptions& options, int number) {
  const std::string rack(1, static_cast<char>('a' + (number - 1) % 26));
  std::vector<std::string> arguments = {"executor",
                                        "--scheduler_url=" + local_url(options.port),
                                        std::string("--ip=") + kAddress,
                                        "--http_port=" + std::to_string(options.executor_port + number - 1),
                                        "--hostname=" + host_name(number),
                                        "--attributes=rack:" + rack,
                                        "--ports=" + port_range(options, number),
                                        "--work_dir=" + options.folder,
                                        "--state_dir=" + options.folder + "/executors/" + host_name(number),
                                        "--secret_file=" + options.folder + "/secret",
                                        "--private_tmp=false"};  // a developer's files may be there
  // Tasks of a developer's own machine find the developer's programs.
  if (const char* path = std::getenv("PATH")) arguments.push_back(std::string("--task_path=") + path);
  for (const std::string& given : options.executor_flags) {  // what the user says stands instead of ours
    const std::string name = given.substr(0, given.find('=') + 1);
    std::erase_if(arguments, [&](const std::string& ours) { return !name.empty() && ours.starts_with(name); });
  }
  arguments.insert(arguments.end(), options.executor_flags.begin(), options.executor_flags.end());
  return arguments;
}

void say(const std::string& text) {
  std::printf("[devcluster] %s\n", text.c_str());
  std::fflush(stdout);
}

int fail(const Error& error) {
  std::fprintf(stderr, "aurora devcluster: %s\n", error.message.c_str());
  return 1;
}

class Devcluster {
 public:
  explicit Devcluster(const DevclusterOptions& options) : options_(options), http_(net::make_http_client()) {}

  int run() {
    const auto lock = FolderLock::take(options_.folder);
    if (!lock.ok()) return fail(lock.error());
    if (const Status ready = prepare(); !ready.ok()) return fail(ready.error());
    catch_signals();
    if (const Status started = start_children(); !started.ok()) {
      stop_children();
      return fail(started.error());
    }
    register_cluster();
    announce_start();
    int code = 0;
    while (!asked_to_stop_ && code == 0) {
      pump(milliseconds(200));
      code = supervise();
      if (!is_announced_ && is_ready()) announce_ready();
    }
    stop(code == 0);
    return code;
  }

 private:
  struct Slot {
    std::string name;
    std::vector<std::string> arguments;
    std::optional<ChildProcess> child;
    Duration restart_at;
    Duration started_at;
    int early_ends = 0;  // in a row
  };

  Status prepare() {
    TRY(check_port_is_free(options_.port, "--port"));
    for (int i = 0; i < options_.executors; ++i) TRY(check_port_is_free(options_.executor_port + i, "--port (executors then follow it)"));
    secret_ = TRY(read_or_make_secret(options_.folder + "/secret"));
    entry_ = {kClusterName, local_url(options_.port), options_.folder};
    return write_file(options_.folder + "/clusters.json", "[" + to_json(entry_) + "]\n", 0644);
  }

  void catch_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    std::signal(SIGPIPE, SIG_IGN);
  }

  Status start_children() {
    slots_.push_back({"scheduler", scheduler_arguments(options_), std::nullopt, {}, {}, 0});
    for (int i = 1; i <= options_.executors; ++i) {
      slots_.push_back({options_.executors == 1 ? "executor" : "executor " + std::to_string(i),
                        executor_arguments(options_, i), std::nullopt, {}, {}, 0});
    }
    for (Slot& slot : slots_) {
      slot.child = TRY(ChildProcess::start(slot.name, self_program(), slot.arguments));
      slot.started_at = clock_.monotonic();
    }
    return Unit{};
  }

  // Passes lines on and notes signals, for at most this long.
  void pump(Duration patience) {
    std::vector<pollfd> files{{signals_, POLLIN, 0}};
    for (const Slot& slot : slots_) {
      if (slot.child && slot.child->output() >= 0) files.push_back({slot.child->output(), POLLIN, 0});
    }
    poll(files.data(), files.size(), static_cast<int>(patience.ms));
    for (Slot& slot : slots_) {
      if (slot.child) print_lines(*slot.child);
    }
    signalfd_siginfo info{};
    while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGCHLD) continue;
      ++asked_to_stop_;
      say("signal " + std::to_string(info.ssi_signo) + " from process " + std::to_string(info.ssi_pid));
    }
  }

  static void print_lines(ChildProcess& child) {
    for (const std::string& line : child.read_lines()) std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  // Starts again what has died; the exit code when it keeps dying, or would.
  int supervise() {
    const Duration now = clock_.monotonic();
    for (Slot& slot : slots_) {
      std::string how;
      if (slot.child && slot.child->poll_end(how)) {
        print_lines(*slot.child);
        slot.child.reset();
        if (how == kRefusesFlags) {
          std::fprintf(stderr,
                       "aurora devcluster: the %s does not accept its flags; its line above says why\n",
                       slot.name.c_str());
          return 2;
        }
        // Who kills it from outside wants to see it come back.
        const bool is_own_fault = how != "signal 9" && how != "signal 15";
        slot.early_ends = is_own_fault && now - slot.started_at < kEarly ? slot.early_ends + 1 : 0;
        if (slot.early_ends >= kEarlyEndsMax) {
          std::fprintf(stderr, "aurora devcluster: the %s ended %d times soon after its start (%s); its lines above say why\n",
                       slot.name.c_str(), slot.early_ends, how.c_str());
          return 1;
        }
        slot.restart_at = now + kRestartDelay;
        say("the " + slot.name + " ended (" + how + "); it is started again in 1 s");
      }
      if (!slot.child && now >= slot.restart_at) {
        auto child = ChildProcess::start(slot.name, self_program(), slot.arguments);
        if (!child.ok()) return fail(child.error());
        slot.child = std::move(*child);
        slot.started_at = now;
      }
    }
    return 0;
  }

  std::optional<codec::JsonValue> request(const std::string& method, const std::string& url, const std::string& body) {
    net::ClientRequest request{.method = method, .url = url, .body = body};
    request.connect_timeout = milliseconds(500);
    request.timeout = seconds(3);
    if (!body.empty()) request.headers.emplace("Content-Type", "application/json");
    request.headers.emplace("Authorization", "Bearer " + secret_);
    const auto response = http_->send(request);
    if (!response.ok() || response->status != 200) return std::nullopt;
    auto value = codec::JsonValue::parse(response->body);
    if (!value.ok()) return std::nullopt;
    return std::move(*value);
  }

  bool is_ready() {
    if (clock_.monotonic() < next_look_) return false;
    next_look_ = clock_.monotonic() + milliseconds(250);
    const auto hosts = request("GET", local_url(options_.port) + "/v1/hosts?limit=1000", "");
    if (!hosts || hosts->find("hosts") == nullptr) return false;
    const auto& list = hosts->find("hosts")->items();
    const auto connected = std::count_if(list.begin(), list.end(), [](const auto& host) { return host.bool_or("isConnected", false); });
    return connected >= options_.executors;
  }

  void announce_start() {
    say("scheduler " + local_url(options_.port) + "/scheduler, " + std::to_string(options_.executors) + " executor(s) from " +
        local_url(options_.executor_port) + ", everything kept in " + options_.folder);
    if (geteuid() == 0) {
      say("tasks run as their role: any existing user but root, e.g. www-data");
      if (const std::string closed = closed_folder_on(options_.folder); !closed.empty()) {
        say("warning: other users may not enter " + closed + ", so tasks cannot reach their sandboxes; chmod o+x it or give another --dir");
      }
    } else {
      say("not started by root: every task runs as " + user_name() + ", so the only role that can run is " + user_name());
    }
  }

  void announce_ready() {
    is_announced_ = true;
    say("ready. In another terminal: aurora create " + std::string(kClusterName) + "/ROLE/devel/NAME FILE");
    if (is_registered_) {
      say("this user's client knows the cluster (" + registry_path() + "); for another user's or program's:");
    } else {
      say("tell the client where to find the cluster:");
    }
    say("  export AURORA_CONFIG_ROOT=" + options_.folder);
    say(options_.keep_tasks ? "^C stops it; tasks go on running" : "^C stops it and its tasks");
  }

  static std::string registry_path() {
    return client::home_folder([](const std::string& name) -> std::optional<std::string> {
             const char* value = std::getenv(name.c_str());
             return value == nullptr ? std::nullopt : std::optional<std::string>(value);
           }) +
           "/.aurora/clusters.json";
  }

  void register_cluster() {
    displaced_ = read_file(displaced_path(options_.folder));
    const auto text = with_entry(read_file(registry_path()), entry_, displaced_, is_devcluster_running);
    if (!text.ok()) {
      say("warning: " + registry_path() + " is left alone: " + text.error().message);
      return;
    }
    // What the user wrote is safe before it is displaced.
    Status written =
        displaced_.empty() ? Status(Unit{}) : write_file(displaced_path(options_.folder), displaced_, 0600);
    if (written.ok()) written = write_file(registry_path(), *text, 0644);
    if (!written.ok()) say("warning: the client is not told of the cluster: " + written.error().message);
    is_registered_ = written.ok();
    if (const std::string other = owner_of(displaced_); is_registered_ && is_devcluster_running(other)) {
      say("another devcluster runs in " + other + "; until this one stops, the name " + kClusterName +
          " means this one");
    }
  }

  // When another devcluster has put our entry aside meanwhile, it is the one to put back what we had
  // displaced.
  void unregister_cluster() {
    if (!is_registered_) return;
    const std::string before = read_file(registry_path());
    const auto text = without_entry(before, entry_, entry_to_restore());
    if (!text.ok() || *text == before || !write_file(registry_path(), *text, 0644).ok()) return;
    unlink(displaced_path(options_.folder).c_str());
  }

  std::string entry_to_restore() const {
    const std::string other = owner_of(displaced_);
    return other.empty() || is_devcluster_running(other) ? displaced_ : read_file(displaced_path(other));
  }

  static std::string displaced_path(const std::string& folder) { return folder + "/displaced_cluster.json"; }

  // The scheduler goes first: it then sees the tasks' end when it starts again, and its jobs go on.
  void stop(bool is_orderly) {
    say("stopping");
    stop_slots(0, 1);
    if (is_orderly && !options_.keep_tasks) kill_tasks();
    stop_slots(1, slots_.size());
    unregister_cluster();
    say("stopped");
  }

  std::vector<std::string> active_tasks(int executor) {
    std::vector<std::string> ids;
    const auto reply = request("GET", local_url(options_.executor_port + executor) + "/v1/tasks?state=active&limit=1000", "");
    if (!reply || reply->find("tasks") == nullptr) return ids;
    for (const auto& task : reply->find("tasks")->items()) ids.push_back(task.string_or("taskId", ""));
    return ids;
  }

  void kill_tasks() {
    const Duration deadline = clock_.monotonic() + kKillPatience;
    const int asked_before = asked_to_stop_;
    size_t last = 0;
    while (clock_.monotonic() < deadline && asked_to_stop_ == asked_before) {
      size_t left = 0;
      for (int i = 0; i < options_.executors; ++i) {
        const std::vector<std::string> ids = active_tasks(i);
        left += ids.size();
        if (ids.empty()) continue;
        codec::JsonArray list;
        for (const std::string& id : ids) list.add(id);
        const std::string url = local_url(options_.executor_port + i);
        const auto host = request("GET", url + "/v1/host", "");
        const std::string cluster_id = host ? host->string_or("clusterId", "") : "";
        request("POST", url + "/v1/kill",
                codec::JsonObject().add("clusterId", cluster_id).add_raw("taskIds", list.text()).text());
      }
      if (left == 0) return;
      if (left != last) say("waiting for " + std::to_string(left) + " task(s) to end; ^C again leaves them");
      last = left;
      pump(milliseconds(300));
    }
  }

  void stop_children() { stop_slots(0, slots_.size()); }

  void stop_slots(size_t first, size_t end) {
    const auto is_running = [&] {
      bool any = false;
      for (size_t i = first; i < end; ++i) {
        std::string how;
        if (slots_[i].child && slots_[i].child->poll_end(how)) {
          print_lines(*slots_[i].child);
          slots_[i].child.reset();
        }
        any = any || slots_[i].child.has_value();
      }
      return any;
    };
    for (const int number : {SIGTERM, SIGKILL}) {
      for (size_t i = first; i < end; ++i) {
        if (slots_[i].child) slots_[i].child->signal(number);
      }
      const Duration deadline = clock_.monotonic() + kStopPatience;
      while (is_running() && clock_.monotonic() < deadline) pump(milliseconds(50));
    }
  }

  const DevclusterOptions& options_;
  SystemClock clock_;
  std::unique_ptr<net::HttpClient> http_;
  std::vector<Slot> slots_;  // the scheduler, then the executors
  std::string secret_;
  RegistryEntry entry_;
  std::string displaced_;  // the user's own entry of our name
  Duration next_look_;
  int signals_ = -1;
  int asked_to_stop_ = 0;  // signals that have come
  bool is_announced_ = false;
  bool is_registered_ = false;
};

}  // namespace

int run_devcluster(const DevclusterOptions& options) {
  if (const Status made = make_folder(options.folder); !made.ok()) return fail(made.error());
  return Devcluster(options).run();
}

}  // namespace aurora

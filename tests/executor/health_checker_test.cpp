// The health checker with real tasks, servers and commands.
#include "aurora/executor/health_checker.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <csignal>
#include <variant>

#include "aurora/os/spawn.h"
#include "executor/real_host.h"
#include "support/fake_clock.h"
#include "support/tiny_server.h"

using namespace aurora;
using namespace aurora::executor;
using core::TaskId;
using test::TinyServer;

namespace {

const TaskId kTask("checked");

// A host with one task that sleeps, and the checker of it.
class Bench {
 public:
  // `job`: further fields of the job, `"health_check_config": {...}`.
  explicit Bench(const std::string& job, bool switches_user = true, const Clock& clock = real_clock())
      : port(test::free_port()), checker({host.work(), switches_user}, clock) {
    core::Task task = host.task(kTask.value(), {{"p", "echo ready; sleep 1000"}}, test::RealHost::user());
    core::TaskConfig config = *task.config;
    std::string& data = config.executor_config->data;
    data = data.substr(0, data.size() - 1) + ", " + job + "}";
    task.config = core::TaskConfigRef(config);
    task.assigned_ports = {{"health", port}};
    REQUIRE(host.start(task).ok());
    host.wait_for_start(kTask.value());
    checker.start([this](const core::HostEvent& event) {
      const std::lock_guard lock(mutex_);
      events_ += describe(event) + ";";
      changed_.notify_all();
    });
  }

  // All that was told, as soon as it ends like this.
  std::string wait_for(const std::string& end) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [&] { return events_.ends_with(end + ";"); });
    return events_;
  }
  // The record, as soon as it is like that.
  template <typename F>
  HealthRecord wait_for_record(F is_true) {
    std::optional<HealthRecord> record;
    host.wait_until([&] {
      record = checker.records().find(kTask);
      return record && is_true(*record);
    });
    return *record;
  }
  std::string events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  void snooze() { REQUIRE(os::write_file(host.sandbox_of(kTask.value()) + "/.healthchecksnooze", "").ok()); }
  std::string run_folder() const { return host.work().paths_of(kTask).run; }

  test::RealHost host;
  int port = 0;

 private:
  static std::string describe(const core::HostEvent& event) {
    if (std::holds_alternative<core::HealthProven>(event)) return "healthy";
    if (std::holds_alternative<core::ShutdownBegun>(event)) return "begun";
    if (std::holds_alternative<core::ShutdownDone>(event)) return "done";
    return std::get<core::EndRequested>(event).outcome.message;
  }

  static const Clock& real_clock() {
    static const SystemClock clock;
    return clock;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string events_;

 public:
  HealthChecker checker;  // last: it tells the rest
};

std::string config_of(const std::string& checker, const std::string& timeout_secs) {
  return R"("health_check_config": {"initial_interval_secs": 0, "interval_secs": 0.1, "timeout_secs": )" +
         timeout_secs + R"(, "health_checker": )" + checker + "}";
}
std::string http_config(const std::string& timeout_secs = "5") {
  return config_of(R"({"http": {}})", timeout_secs);
}
std::string shell_config(const std::string& command, const std::string& timeout_secs = "5") {
  return config_of(R"({"shell": {"shell_command": ")" + command + R"("}})", timeout_secs);
}

std::string url(int port) { return "http://localhost:" + std::to_string(port) + "/health"; }

bool is_there(const std::string& argument) {
  for (const int pid : os::list_processes()) {
    const auto text = os::read_file("/proc/" + std::to_string(pid) + "/cmdline");
    if (text.ok() && text->find(argument) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a task is healthy once it says so, and ends when it does not any more") {
  Bench bench(http_config());
  std::atomic<bool> is_well = true;
  const TinyServer server(
      [&](const std::string& head) {
        return test::http_ok(is_well && head.starts_with("GET /health ") ? "OK\n" : "sick and tired");
      },
      bench.port);
  bench.checker.watch(kTask, false);
  CHECK(bench.wait_for("healthy") == "healthy;");
  bench.wait_for_record([](const HealthRecord& record) { return record.checks > 2; });
  is_well = false;
  const std::string message =
      "Failed health check! Response differs from expected response (expected \"ok\", got \"sick an...\")";
  CHECK(bench.wait_for(message) == "healthy;" + message + ";");
  const HealthRecord record = bench.wait_for_record([](const HealthRecord& r) { return r.is_over; });
  CHECK(record.state == core::HealthState::Unhealthy);
  CHECK(record.results.back().outcome == CheckOutcome::Failed);
  CHECK(record.results.front().outcome == CheckOutcome::Passed);
}

TEST_CASE("what an endpoint does that is none has its words") {
  const auto end_of = [](TinyServer::Answer answer, bool listens, const std::string& timeout_secs = "5") {
    Bench bench(http_config(timeout_secs));
    std::optional<TinyServer> server;
    if (listens) server.emplace(std::move(answer), bench.port);
    bench.checker.watch(kTask, true);
    bench.host.wait_until([&] { return !bench.events().empty(); });
    std::string text = bench.events();
    const size_t at = text.find(url(bench.port));
    return at == std::string::npos ? text : text.replace(at, url(bench.port).size(), "URL");
  };
  CHECK(end_of(nullptr, false) ==
        "Failed health check! Failed to signal URL: <urlopen error [Errno 111] Connection refused>;");
  CHECK(end_of(test::never(), true, "0.2") ==
        "Failed health check! Failed to signal URL: Error within timeout;");
  CHECK(end_of([](const auto&) { return "x"; }, true) ==
        "Failed health check! Failed to signal URL: BadStatusLine;");
  CHECK(
      end_of([](const auto&) { return "HTTP/1.1 200 OK\r\n\r\n" + std::string(8 << 20, 'x'); }, true) ==
      "Failed health check! Response differs from expected response (expected \"ok\", got \"xxxxxxx...\");");
}

TEST_CASE("time in which the executor stood still counts against no check") {
  test::FakeClock time;
  Bench bench(http_config("2"), true, time);
  std::atomic<bool> is_asked = false;
  std::atomic<bool> answers = false;
  const TinyServer server(
      [&](const auto&) {
        is_asked = true;
        while (!answers) std::this_thread::yield();
        return test::http_ok("ok");
      },
      bench.port);
  bench.checker.watch(kTask, false);
  bench.host.wait_until([&] {
    if (!bench.events().empty()) FAIL("not asked, but told: " + bench.events());
    return is_asked.load();
  });
  time.advance(hours(1));
  bench.checker.shut_down(TaskId("unknown"));  // it looks at its clock before it does that
  CHECK(bench.wait_for("done") == "done;");
  answers = true;
  CHECK(bench.wait_for("healthy") == "done;healthy;");
}

TEST_CASE("failures of a task that starts are forgiven for a while, and written down") {
  Bench bench(R"("health_check_config": {"initial_interval_secs": 0.3, "interval_secs": 0.1})");
  bench.checker.watch(kTask, false);
  const HealthRecord record = bench.wait_for_record([](const HealthRecord& r) { return r.is_over; });
  CHECK(record.checks == 4);
  CHECK(record.results[2].outcome == CheckOutcome::Forgiven);
  CHECK(record.results[3].outcome == CheckOutcome::Failed);
  CHECK(record.results[0].reason.find("Connection refused") != std::string::npos);
}

TEST_CASE("a command runs as the role, beside the sandbox, and its output is shown") {
  Bench bench(shell_config("echo $HOME; echo $USER >&2; id -un; id -Gn; pwd; exit 3"));
  bench.checker.watch(kTask, false);
  const std::string& role = test::RealHost::user();
  const std::string end = bench.wait_for("'");
  CHECK(end ==
        "Failed health check! Command 'echo $HOME; echo $USER >&2; id -un; id -Gn; pwd; exit 3' returned "
        "non-zero exit status 3 with output '" +
            bench.host.sandbox_of(kTask.value()) + "\n" + role + "\n" + role + "\n" + role + "\n" +
            bench.run_folder() + "\n';");
}

TEST_CASE("a command keeps the executor's user if that is wanted") {
  Bench bench(shell_config("id -un; exit 1"), false);
  bench.checker.watch(kTask, false);
  CHECK(bench.wait_for("'").ends_with("with output '" + os::current_user().name + "\n';"));
}

TEST_CASE("a command that takes too long is ended with all that it started") {
  Bench bench(shell_config("sleep 31415.9 & sleep 31415.9; echo never", "0.3"));
  bench.checker.watch(kTask, true);
  CHECK(bench.wait_for("Failed health check! Health check timed out.").find("never") == std::string::npos);
  bench.host.wait_until([] { return !is_there("31415.9"); });
}

TEST_CASE("what a command leaves in the background ends with it, and output without end is cut") {
  Bench bench(shell_config("sleep 31415.8 & head -c 100000000 /dev/zero | tr '\\\\0' x; exit 1"));
  bench.checker.watch(kTask, true);
  const std::string end = bench.wait_for("'");
  CHECK(end.size() < 3000);
  CHECK(end.ends_with("xxx...';"));
  bench.host.wait_until([] { return !is_there("31415.8"); });
}

TEST_CASE("a command that cannot run fails as one that does") {
  Bench bench(shell_config("exec /nowhere 2> /dev/null"));
  bench.checker.watch(kTask, true);
  CHECK(bench.wait_for("'").ends_with("returned non-zero exit status 127 with output '';"));
}

TEST_CASE("while a task is snoozed every check passes and none is made") {
  Bench bench(shell_config("echo made >> $HOME/made; exit 1"));
  bench.snooze();
  bench.checker.watch(kTask, false);
  CHECK(bench.wait_for("healthy") == "healthy;");
  const HealthRecord record = bench.wait_for_record([](const HealthRecord& r) { return r.checks > 3; });
  CHECK(record.results.back().outcome == CheckOutcome::Snoozed);
  CHECK_FALSE(os::exists(bench.host.sandbox_of(kTask.value()) + "/made"));
  os::remove_file(bench.host.sandbox_of(kTask.value()) + "/.healthchecksnooze");
  CHECK(bench.wait_for("'").find("exit status 1") != std::string::npos);
}

TEST_CASE("a task that is left is not checked any more, and its command ends") {
  Bench bench(shell_config("sleep 31415.7"));
  bench.checker.watch(kTask, false);
  bench.host.wait_until([] { return is_there("31415.7"); });
  bench.checker.leave(kTask);
  bench.host.wait_until([] { return !is_there("31415.7"); });
  CHECK(bench.events().empty());
  CHECK(bench.checker.records().find(kTask)->is_over);
}

TEST_CASE("commands that an executor before left running are ended") {
  test::RealHost host;
  const auto left = os::spawn({.program = "/bin/sleep",
                               .arguments = {"sleep", "31415.6"},
                               .environment = {"AURORA_HEALTH_CHECK=" + host.work().state}});
  REQUIRE(left.ok());
  SystemClock clock;
  HealthChecker checker({host.work()}, clock);
  checker.start([](const auto&) {});
  os::wait_for_child(*left);
}

TEST_CASE("a task is asked to end twice, each time with its wait, and then it is done") {
  Bench bench(R"("lifecycle": {"http": {"graceful_shutdown_wait_secs": 0, "shutdown_wait_secs": 0}})");
  std::mutex mutex;
  std::string heard;
  const TinyServer server(
      [&](const std::string& head) {
        const std::lock_guard lock(mutex);
        heard += test::first_line(head) +
                 (head.find("Content-Length: 0\r\n") != std::string::npos ? " empty" : "") + ";";
        return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
      },
      bench.port);
  bench.checker.watch(kTask, true);
  bench.checker.shut_down(kTask);
  CHECK(bench.wait_for("done") == "begun;done;");
  const std::lock_guard lock(mutex);
  CHECK(heard.ends_with("POST /quitquitquit HTTP/1.1 empty;POST /abortabortabort HTTP/1.1 empty;"));
}

TEST_CASE("the waits of a shutdown are kept if somebody has heard it, and no others are") {
  const auto seconds_of = [](TinyServer::Answer answer, bool listens, const std::string& wait) {
    Bench bench(R"("lifecycle": {"http": {"graceful_shutdown_wait_secs": )" + wait + R"(, "shutdown_wait_secs": )" + wait + "}}");
    std::optional<TinyServer> server;
    if (listens) server.emplace(std::move(answer), bench.port);
    const SystemClock clock;
    const Duration begun = clock.monotonic();
    bench.checker.shut_down(kTask);
    CHECK(bench.wait_for("done") == "begun;done;");
    return static_cast<double>((clock.monotonic() - begun).ms) / 1000;
  };
  CHECK(seconds_of([](const auto&) { return test::http_ok(""); }, true, "1") >= 2);
  seconds_of(nullptr, false, "1000");
  CHECK(seconds_of(test::never(), true, "1000") >= 2);  // a second for each request
}

TEST_CASE("a task that has ended is asked nothing") {
  Bench bench(R"("lifecycle": {"http": {}})");
  std::atomic<int> heard = 0;
  const TinyServer server([&](const auto&) { return ++heard, test::http_ok(""); }, bench.port);
  os::send_signal(bench.host.runner_of(kTask.value()), SIGUSR2);
  bench.host.wait_for_exit(kTask.value());
  bench.checker.shut_down(kTask);
  CHECK(bench.wait_for("done") == "done;");
  CHECK(heard == 0);
  bench.checker.shut_down(TaskId("unknown"));
  CHECK(bench.wait_for("done;done") == "done;done;");
}

// Commands in the sandboxes of real tasks.
#include "aurora/executor/execs.h"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "aurora/os/spawn.h"
#include "real_host.h"

namespace aurora::executor {
namespace {

constexpr int kPatienceMs = 20'000;

// One that was started, with the ends of its streams.
struct Started {
  explicit Started(std::shared_ptr<Exec> the_exec)
      : exec(std::move(the_exec)),
        input(exec->take_input()),
        output(exec->take_output()),
        errors(exec->take_errors()) {
    exec->on_end([this](const ExecEnd& how) { end.set_value(how); });
  }

  static std::string read_from(const os::Fd& fd, const std::string& wanted) {
    std::string all;
    char buffer[4096];
    for (pollfd watched{fd.get(), POLLIN, 0}; all.find(wanted) == std::string::npos && poll(&watched, 1, kPatienceMs) > 0;) {
      const ssize_t count = read(fd.get(), buffer, sizeof buffer);
      if (count <= 0) break;
      all.append(buffer, static_cast<size_t>(count));
    }
    return all;
  }
  std::string read_until(const std::string& wanted) const { return read_from(output, wanted); }
  std::string read_all() const { return read_from(output, "\x01never"); }
  std::string read_errors() const { return read_from(errors, "\x01never"); }
  void write(const std::string& bytes) const { REQUIRE(::write(input.get(), bytes.data(), bytes.size()) > 0); }
  ExecEnd wait() {
    auto future = end.get_future();
    REQUIRE(future.wait_for(std::chrono::milliseconds(kPatienceMs)) == std::future_status::ready);
    return future.get();
  }

  std::shared_ptr<Exec> exec;
  os::Fd input, output, errors;
  std::promise<ExecEnd> end;
};

class ExecHost : public test::RealHost {
 public:
  ExecHost() {
    start_execs();
    REQUIRE(start("t", {{"p", "echo ready; sleep 1000"}}).ok());
    wait_for_output("t", "p", "ready");
  }
  void start_execs() {
    execs_.reset();
    execs_ = std::make_unique<Execs>(work(), clock_, counters_);
  }
  std::unique_ptr<Started> run(const std::vector<std::string>& command, std::optional<os::WindowSize> terminal = {}) {
    auto exec = execs_->start({.task_id = core::TaskId("t"), .command = command, .terminal = terminal, .who = "alice at ::1"});
    if (!exec.ok()) FAIL(exec.error().message);
    return std::make_unique<Started>(*exec);
  }
  std::unique_ptr<Started> run_shell(const std::string& text, std::optional<os::WindowSize> terminal = {}) {
    return run({"bash", "-c", text}, terminal);
  }
  Execs& execs() { return *execs_; }
  std::vector<Execs::Known> list() const { return execs_->list(core::TaskId("t")); }
  void stop() { execs_->stop(); }

 private:
  SystemClock clock_;
  Counters counters_;
  std::unique_ptr<Execs> execs_;
};

bool is_gone(int pid) {
  const auto info = os::find_process(pid);
  return !info || !os::is_alive(*info);
}

TEST_CASE("a command runs as the task's user in its sandbox, with its environment") {
  ExecHost host;
  const auto exec = host.run_shell("id -un; pwd -P; echo $HOME; echo $TERM.; echo err >&2; cat; exit 3");
  exec->write("typed");
  exec->input = os::Fd();
  const std::string said = exec->read_all();
  CHECK(said.starts_with(ExecHost::user() + "\n"));
  CHECK(said.find("/sandbox\n" + host.sandbox_of("t") + "\ndumb.\ntyped") != std::string::npos);
  CHECK(exec->read_errors() == "err\n");
  const ExecEnd end = exec->wait();
  CHECK(end.exit_code == 3);
  CHECK_FALSE(end.signal.has_value());
  CHECK(end.reason.empty());
}

TEST_CASE("a command that is not there says so, and words arrive as they are") {
  ExecHost host;
  const auto none = host.run({"no-such-command"});
  CHECK(none->read_errors().find("no-such-command") != std::string::npos);
  CHECK(none->wait().exit_code == 127);
  const auto words = host.run({"printf", "%s|", "a b", "$HOME", "'\"", "-n", ""});
  CHECK(words->read_all() == "a b|$HOME|'\"|-n||");
  CHECK(host.run({"-x"})->wait().exit_code == 127);  // no option of the shell that starts it
}

TEST_CASE("a shell on a terminal is one, with its size, its signals and its end") {
  ExecHost host;
  const auto shell = host.run({}, os::WindowSize{.rows = 31, .columns = 97});
  shell->write("PS1=; stty size; echo $TERM\n");
  CHECK(shell->read_until("xterm-256color\r\n").find("31 97\r\n") != std::string::npos);
  shell->exec->resize({.rows = 20, .columns = 40});
  shell->write("stty size; echo go''es\n");
  CHECK(shell->read_until("goes").find("20 40\r\n") != std::string::npos);
  // SIGTERM, not SIGINT, after which a shell forgets what else was typed.
  shell->write("sh -c 'echo rea''dy; exec sleep 1000'; echo e''nd $?\n");
  shell->read_until("ready");
  REQUIRE(shell->exec->send_signal("TERM").ok());
  CHECK(shell->read_until("end 143").find("end 143") != std::string::npos);
  CHECK(shell->exec->send_signal("NONE").error().code == ErrorCode::InvalidArgument);
  shell->write("exit 7\n");
  shell->read_all();
  CHECK(shell->wait().exit_code == 7);
}

TEST_CASE("a shell for a person has what a process of the task leaves to the next") {
  ExecHost host;
  REQUIRE(host.run_shell("echo 'export COLOUR=blue' > .thermos_profile")->wait().exit_code == 0);
  const auto shell = host.run({}, os::WindowSize{});
  shell->write("PS1=; echo $COLOUR and no red\n");
  CHECK(shell->read_until("blue and no red").find("blue and no red") != std::string::npos);
  shell->write("exit\n");
  shell->read_all();
  CHECK(shell->wait().exit_code == 0);
}

TEST_CASE("whatever a command has started ends with it") {
  ExecHost host;
  const std::string sandbox = host.sandbox_of("t");
  const std::string detach = "(setsid sh -c 'echo $$ > " + sandbox + "/a; exec sleep 1000' &);"
                             "(sh -c 'echo $$ > " + sandbox + "/b; trap \"\" HUP TERM; sleep 1000' &);"
                             "(env -i /usr/bin/setsid /bin/sh -c 'echo $$ > " + sandbox + "/c; exec sleep 1000' &);"
                             "while ! [ -s a -a -s b -a -s c ]; do sleep 0.01; done; ";
  const auto pid_in = [&](const char* name) { return std::stoi(*os::read_file(sandbox + "/" + name)); };
  const auto are_gone = [&] { return is_gone(pid_in("a")) && is_gone(pid_in("b")) && is_gone(pid_in("c")); };
  const auto forget = [&] {
    for (const char* name : {"/a", "/b", "/c"}) os::remove_file(sandbox + name);
  };
  SECTION("by itself") {
    CHECK(host.run_shell(detach + "exit 5")->wait().exit_code == 5);
    CHECK(are_gone());
  }
  SECTION("when its client leaves") {
    const auto exec = host.run_shell("trap 'echo heard > heard; exit 4' HUP; " + detach + "echo ready; sleep 1000 & wait");
    exec->read_until("ready");
    exec->exec->leave("the client has left");
    const ExecEnd end = exec->wait();
    CHECK(end.exit_code == 4);
    CHECK(end.reason == "the client has left");
    CHECK(are_gone());
    CHECK(os::exists(sandbox + "/heard"));
  }
  SECTION("when its client leaves and it does not care") {
    const auto exec = host.run_shell("trap '' HUP; " + detach + "echo ready; while :; do sleep 1; done");
    exec->read_until("ready");
    exec->exec->leave("the client has left");
    CHECK(exec->wait().signal == "KILL");
    CHECK(are_gone());
  }
  SECTION("when its task ends") {
    const auto exec = host.run_shell("trap '' HUP; " + detach + "echo ready; sleep 1000");
    exec->read_until("ready");
    host.host().request_kill(core::TaskId("t"));
    host.wait_for_exit("t");
    const ExecEnd end = exec->wait();
    CHECK(end.signal == "KILL");
    CHECK(end.reason == "its task has ended");
    host.wait_until(are_gone);
    const auto refused = host.execs().start({.task_id = core::TaskId("t")});
    CHECK(refused.error().code == ErrorCode::FailedPrecondition);
  }
  SECTION("when the executor stops") {
    const auto exec = host.run_shell(detach + "echo ready; sleep 1000");
    exec->read_until("ready");
    host.stop();
    CHECK(exec->wait().reason == "the executor stops");
    CHECK(are_gone());
    CHECK(host.execs().start({.task_id = core::TaskId("t")}).error().code == ErrorCode::Unavailable);
  }
  forget();
}

TEST_CASE("several commands do not touch each other") {
  ExecHost host;
  const auto first = host.run({"cat"});
  const auto second = host.run({"cat"});
  CHECK(host.run({"true"})->wait().exit_code == 0);
  first->write("one");
  CHECK(first->read_until("one") == "one");
  first->exec->leave("gone");
  CHECK(first->wait().signal == "HUP");
  second->write("two");
  CHECK(second->read_until("two") == "two");
  second->input = os::Fd();
  CHECK(second->wait().exit_code == 0);
}

TEST_CASE("who ran what, when and how it ended is kept with the task") {
  ExecHost host;
  const auto exec = host.run({"cat"}, os::WindowSize{});
  REQUIRE(host.list().size() == 1);
  CHECK(host.list()[0].is_running);
  CHECK(host.list()[0].record.who == "alice at ::1");
  CHECK(host.list()[0].record.command == std::vector<std::string>{"cat"});
  CHECK(host.list()[0].record.has_terminal);
  REQUIRE(exec->exec->send_signal("KILL").ok());
  exec->wait();
  host.wait_until([&] { return !host.list()[0].is_running; });
  CHECK(host.list()[0].record.signal == "KILL");
  CHECK(host.list()[0].record.ended_at.has_value());
  CHECK(host.execs().list(core::TaskId("other")).empty());
  CHECK(host.execs().start({.task_id = core::TaskId("other")}).error().code == ErrorCode::NotFound);
}

TEST_CASE("what an executor left that was killed is ended by the next") {
  ExecHost host;
  // As an earlier one would have started it.
  const Result<int> left = os::spawn({.program = "/bin/sleep",
                                      .arguments = {"sleep", "1000"},
                                      .environment = {"AURORA_EXEC=" + host.work().agent_id + ".1.1"}});
  const Result<int> foreign = os::spawn({.program = "/bin/sleep",
                                         .arguments = {"sleep", "1000"},
                                         .environment = {"AURORA_EXEC=" + host.work().agent_id + "2.1.1"}});
  REQUIRE(left.ok());
  REQUIRE(foreign.ok());
  host.start_execs();
  host.wait_until([&] { return is_gone(*left); });
  CHECK_FALSE(is_gone(*foreign));
  os::send_signal(*foreign, SIGKILL);
  os::wait_for_child(*foreign);
  os::wait_for_child(*left);
}

}  // namespace
}  // namespace aurora::executor

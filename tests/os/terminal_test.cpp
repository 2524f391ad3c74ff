#include "aurora/os/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"

namespace aurora::os {
namespace {

// What it says until somewhere in it is `wanted`, or nobody has it open.
std::string read_until(const Fd& master, const std::string& wanted) {
  std::string all;
  char buffer[4096];
  for (pollfd watched{master.get(), POLLIN, 0}; all.find(wanted) == std::string::npos && poll(&watched, 1, 10'000) > 0;) {
    const ssize_t count = read(master.get(), buffer, sizeof buffer);
    if (count <= 0) return all;
    all.append(buffer, static_cast<size_t>(count));
  }
  return all;
}

Result<int> run(const std::string& command, const Terminal& terminal) {
  return spawn({.program = "/bin/bash",
                .arguments = {"/bin/bash", "-c", command},
                .environment = {"PATH=/usr/bin:/bin"},
                .terminal = terminal.slave.get()});
}

TEST_CASE("a program on a terminal has it as its own, with its size") {
  Result<Terminal> terminal = open_terminal({.rows = 33, .columns = 101}, std::nullopt);
  REQUIRE(terminal.ok());
  const Result<int> pid =
      run("tty; stty size; test -t 0 -a -t 1 -a -t 2 && echo all; trap 'stty size; exit' WINCH; echo rea''dy; "
          "while :; do read -t 1 x; done < /dev/tty",
          *terminal);
  REQUIRE(pid.ok());
  terminal->slave = Fd();
  const std::string said = read_until(terminal->master, "ready");
  CHECK(said.find("/dev/pts/") != std::string::npos);
  CHECK(said.find("33 101\r\n") != std::string::npos);
  CHECK(said.find("all\r\n") != std::string::npos);
  CHECK(foreground_group(terminal->master) == *pid);
  set_window_size(terminal->master, {.rows = 20, .columns = 40});
  CHECK(read_until(terminal->master, "nobody").find("20 40") != std::string::npos);  // until its end
  wait_for_child(*pid);
}

TEST_CASE("what is typed arrives, and Ctrl-C interrupts") {
  Result<Terminal> terminal = open_terminal({}, std::nullopt);
  REQUIRE(terminal.ok());
  const Result<int> pid = run("trap 'echo interrupted; exit 3' INT; read line; echo got $line; sleep 1000 & wait", *terminal);
  REQUIRE(pid.ok());
  terminal->slave = Fd();
  REQUIRE(append_all(terminal->master, "hello\n").ok());
  CHECK(read_until(terminal->master, "got hello").find("got hello") != std::string::npos);
  REQUIRE(append_all(terminal->master, "\x03").ok());
  CHECK(read_until(terminal->master, "interrupted").find("interrupted") != std::string::npos);
  wait_for_child(*pid);
}

TEST_CASE("signals have names") {
  CHECK(find_signal("INT") == SIGINT);
  CHECK(find_signal("SIGTERM") == SIGTERM);
  CHECK(signal_name(SIGKILL) == "KILL");
  for (const char* none : {"", "SIG", "NONE", "int", "9"}) CHECK_FALSE(find_signal(none).has_value());
  for (int number = 1; number < 32; ++number) CHECK(find_signal(signal_name(number)) == number);
}

}  // namespace
}  // namespace aurora::os

#include "aurora/os/processes.h"

#include <signal.h>

#include <catch2/catch.hpp>

#include "aurora/os/spawn.h"

using namespace aurora;

namespace {

int start(const std::string& script, std::vector<std::string> environment = {}) {
  const Result<int> pid = os::spawn({.program = "/bin/bash",
                                     .arguments = {"bash", "-c", script},
                                     .environment = std::move(environment)});
  REQUIRE(pid.ok());
  return *pid;
}

}  // namespace

TEST_CASE("a process is known by when it started and on which kernel") {
  const int pid = start("exec sleep 1000");
  const auto first = os::find_process(pid);
  REQUIRE(first);
  CHECK(first->start_ticks > 0);
  CHECK(first->start_ticks >= os::find_process(os::own_pid())->start_ticks);
  CHECK(os::boot_id().size() == 36);
  CHECK(os::boot_id() == os::boot_id());
  os::send_signal(pid, SIGKILL);
  os::wait_for_child(pid);
}

TEST_CASE("the environment of a process is what its program was started with") {
  const int pid = start("exec sleep 1000", {"AB=1", "B=two=2", "C="});
  while (!os::environment_of(pid, "B")) {  // while a program replaces another there is none
  }
  CHECK(os::environment_of(pid, "B") == "two=2");
  CHECK(os::environment_of(pid, "AB") == "1");
  CHECK(os::environment_of(pid, "C") == "");
  CHECK_FALSE(os::environment_of(pid, "D").has_value());
  os::send_signal(pid, SIGKILL);
  os::wait_for_child(pid);
  CHECK_FALSE(os::environment_of(pid, "B").has_value());
}

TEST_CASE("families end whole, however they are related and whatever they ignore") {
  const int pid = start("trap '' TERM; for i in 1 2 3; do setsid bash -c 'sleep 1000; true' & done; wait");
  while (os::descendants_of(pid).size() < 6) {
  }
  const std::vector<int> family = os::descendants_of(pid);
  CHECK(os::end_families([&](const auto& visit) { visit(pid); }, minutes(1)));
  os::wait_for_child(pid);
  for (const int member : family) {
    const auto info = os::find_process(member);
    CHECK((!info || !os::is_alive(*info)));
  }
  CHECK(os::end_families([](const auto&) {}, Duration{}));
}

TEST_CASE("a child is reaped through its descriptor, and only by its parent") {
  const int pid = start("exit 3");
  const Result<os::Fd> process = os::open_process(pid);
  REQUIRE(process.ok());
  CHECK(os::pid_of(*process) == pid);
  std::optional<os::ProcessEnd> end;
  while (!end) end = os::reap_through(*process);
  CHECK(end->exit_code == 3);
  CHECK_FALSE(os::reap_through(*process).has_value());
  const Result<os::Fd> stranger = os::open_process(os::find_process(os::own_pid())->parent);
  if (stranger.ok()) CHECK_FALSE(os::reap_through(*stranger).has_value());
}

TEST_CASE("a child that we started is nobody's orphan") {
  const int pid = start("exec sleep 1000");
  for (const int adopted : os::adopted_children()) CHECK(adopted != pid);
  os::send_signal(pid, SIGKILL);
  os::wait_for_child(pid);
}

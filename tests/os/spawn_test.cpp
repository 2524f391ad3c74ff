#include "aurora/os/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "aurora/base/clock.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "support/temp_folder.h"

using namespace aurora;

namespace {

// Runs a shell to its end and returns what it printed.
std::string run_shell(os::SpawnRequest request, const std::string& script) {
  const test::TempFolder folder;
  ::chmod(folder.path().c_str(), 0777);
  request.program = "/bin/bash";
  request.arguments = {"bash", "-c", script};
  request.stdout_path = folder.path() + "/logs/0/stdout";
  const Result<int> pid = os::spawn(request);
  REQUIRE(pid.ok());
  int status = 0;
  ::waitpid(*pid, &status, 0);
  return os::read_file(request.stdout_path).ok() ? *os::read_file(request.stdout_path) : "";
}

}  // namespace

TEST_CASE("a spawned program has what it was given and nothing else") {
  os::SpawnRequest request;
  request.environment = {"A=1"};
  request.folder = "/usr";
  CHECK(run_shell(request, "pwd; echo $A") == "/usr\n1\n");
  CHECK(run_shell(request, "cat; echo end") == "end\n");                 // stdin is empty
  CHECK(run_shell(request, "exec ls /proc/self/fd") == "0\n1\n2\n3\n");  // 3 is the listing's own
  CHECK(run_shell(request, "exec sed -n 's/^Sig[BIC].*:\\t//p' /proc/self/status") ==
        "0000000000000000\n0000000000000000\n0000000000000000\n");
  CHECK(run_shell(
            request,
            "ps -o pid= -o sid= -o pgid= -p $$ | (read a b c; [ $a = $b ] && [ $b = $c ] && echo leader)") ==
        "leader\n");
}

TEST_CASE("a program gets the input that it was given, and may lose privileges") {
  Result<os::Pipe> pipe = os::make_pipe();
  REQUIRE(pipe.ok());
  os::SpawnRequest request;
  request.stdin_fd = pipe->reading.get();
  request.no_new_privileges = true;
  REQUIRE(os::append_all(pipe->writing, "said\n").ok());
  pipe->writing = os::Fd();
  CHECK(run_shell(request, "cat; sed -n 's/^NoNewPrivs:\\t//p' /proc/self/status") == "said\n1\n");
}

TEST_CASE("descriptors that are passed on become 3, 4, ...") {
  const test::TempFolder folder;
  REQUIRE(os::write_file(folder.path() + "/a", "from a\n").ok());
  REQUIRE(os::write_file(folder.path() + "/b", "from b\n").ok());
  const Result<os::Fd> a = os::open_for_append(folder.path() + "/a");
  const Result<os::Fd> b = os::open_for_append(folder.path() + "/b");
  os::SpawnRequest request;
  request.passed_fds = {b->get(), a->get()};
  CHECK(run_shell(request, "cat <&3; cat <&4") == "from b\nfrom a\n");
}

TEST_CASE("a program that cannot be executed is an error, not a child") {
  struct Case {
    os::SpawnRequest request;
    std::string message;
  };
  os::SpawnRequest missing{.program = "/nowhere/program"};
  os::SpawnRequest not_executable{.program = "/etc/passwd"};
  os::SpawnRequest no_folder{.program = "/bin/true"};
  no_folder.folder = "/nowhere";
  os::SpawnRequest no_log{.program = "/bin/true"};
  no_log.stdout_path = "/proc/nowhere/stdout";
  const Case cases[] = {
      {missing, "cannot execute /nowhere/program: No such file or directory"},
      {not_executable, "cannot execute /etc/passwd: Permission denied"},
      {no_folder, "cannot enter /nowhere: No such file or directory"},
      {no_log, "cannot open /proc/nowhere/stdout: No such file or directory"},
  };
  for (Case c : cases) {
    c.request.arguments = {"x"};
    const Result<int> pid = os::spawn(c.request);
    REQUIRE_FALSE(pid.ok());
    CHECK(pid.error().message == c.message);
  }
}

TEST_CASE("a pipe in the place of a log is not waited for when nobody reads from it") {
  const test::TempFolder folder;
  os::SpawnRequest request{.program = "/bin/echo", .arguments = {"echo", "said"}};
  request.stdout_path = folder.path() + "/pipe";
  REQUIRE(::mkfifo(request.stdout_path.c_str(), 0600) == 0);
  std::future<Result<int>> refused = std::async(std::launch::async, [&] { return os::spawn(request); });
  const bool is_over = refused.wait_for(std::chrono::minutes(1)) == std::future_status::ready;
  const os::Fd reader(
      ::open(request.stdout_path.c_str(), O_RDONLY | O_NONBLOCK));  // for whom it waits otherwise
  CHECK(is_over);
  CHECK(refused.get().error().message ==
        "cannot open " + request.stdout_path + ": No such device or address");
  const Result<int> pid = os::spawn(request);  // now somebody does
  REQUIRE(pid.ok());
  os::wait_for_child(*pid);
  CHECK(*os::read_some(reader, 100) == "said\n");
}

TEST_CASE("the caller hears of the pid before the program runs") {
  int told = 0;
  os::SpawnRequest request{.program = "/bin/true", .arguments = {"true"}};
  request.before_execute = [&](int pid) { told = pid; };
  const Result<int> pid = os::spawn(request);
  REQUIRE(pid.ok());
  CHECK(told == *pid);
  ::waitpid(*pid, nullptr, 0);
}

TEST_CASE("root becomes the user, with all of his groups and none of ours") {
  const Result<os::User> user = os::find_user("www-data");
  if (!os::is_root() || !user.ok()) return;
  os::SpawnRequest request;
  request.user = *user;
  CHECK(run_shell(request, "id -un; id -Gn; cat /proc/self/status | grep -c 'CapEff:.*0000000000000000'") ==
        "www-data\nwww-data\n1\n");
}

TEST_CASE("the output of a program") {
  CHECK(*os::run_and_read({"echo", "a b", "c"}, minutes(1)) == "a b c\n");
  CHECK_FALSE(os::run_and_read({"false"}, minutes(1)).ok());
  CHECK(os::run_and_read({"no-such-program"}, minutes(1)).error().message ==
        "no-such-program is not on the PATH");
  CHECK_FALSE(os::run_and_read({"sleep", "100"}, milliseconds(50)).ok());
}

TEST_CASE("users of this machine") {
  CHECK(os::find_user("root")->uid == 0);
  for (const char* name : {"", "no-such-user", "0", "-h", "ro\not"}) {
    CAPTURE(name);
    const auto user = os::find_user(name);
    REQUIRE_FALSE(user.ok());
    CHECK(user.error().message == std::string("user does not exist: ") + name);
  }
  CHECK(os::name_of_user(0) == "root");
  CHECK(os::name_of_user(123'456) == "123456");
}

TEST_CASE("processes are seen with their family") {
  os::SpawnRequest request{.program = "/bin/bash",
                           .arguments = {"bash", "-c", "sleep 1000 & sleep 1001 & wait"}};
  request.environment = {"PATH=/usr/bin:/bin"};
  const Result<int> pid = os::spawn(request);
  REQUIRE(pid.ok());
  while (os::children_of(*pid).size() < 2) ::sched_yield();
  const auto info = os::find_process(*pid);
  REQUIRE(info.has_value());
  CHECK(info->parent == os::own_pid());
  CHECK(info->session == *pid);
  CHECK(os::is_same_process(*pid, info->started));
  CHECK_FALSE(os::is_same_process(*pid, info->started - seconds(60)));
  const Result<os::Fd> handle = os::open_process(*pid);
  REQUIRE(handle.ok());
  os::send_signal_to_group(*pid, SIGKILL);
  ::siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(*pid), &ended, WEXITED | WNOWAIT);
  CHECK_FALSE(os::is_reaped(*handle));
  const auto end = os::reap(*pid);
  REQUIRE(end.has_value());
  CHECK(end->signal == SIGKILL);
  CHECK(os::is_reaped(*handle));
  if (const auto told = os::end_of_stranger(*handle))
    CHECK(told->signal == SIGKILL);  // older kernels cannot tell
}

TEST_CASE("a copy of a process has only the files it is to keep, and exits as its work says") {
  const test::TempFolder folder;
  const os::Fd kept = os::open_for_append(folder.path() + "/kept").value();
  const os::Fd other = os::open_for_append(folder.path() + "/other").value();
  const Result<int> pid = os::fork_copy({kept.get()}, [&] {
    static_cast<void>(os::append_all(kept, "here"));
    return os::append_all(other, "there").ok() ? 1 : 7;
  });
  REQUIRE(pid.ok());
  ::siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(*pid), &ended, WEXITED | WNOWAIT);
  CHECK(os::reap(*pid)->exit_code == 7);
  CHECK(*os::read_file(folder.path() + "/kept") == "here");
}

TEST_CASE("waiting for a signal without a limit is not ended by anything else") {
  // In a process of its own: it blocks signals for good.
  const int child = ::fork();
  if (child == 0) {
    os::block_signals({SIGUSR1});
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &nothing, nullptr);
    const itimerval often{{0, 1000}, {0, 1000}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    ::_exit(os::wait_for_signal({SIGUSR1}, std::nullopt) == SIGUSR1 ? 0 : 1);
  }
  const Duration deadline = SystemClock().monotonic() + milliseconds(50);
  while (SystemClock().monotonic() < deadline) ::sched_yield();  // some alarms
  ::kill(child, SIGUSR1);
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("umask, limits and priority of whoever starts us decide nothing for the program") {
  const mode_t umask_before = ::umask(0077);
  rlimit files_before{};
  ::getrlimit(RLIMIT_NOFILE, &files_before);
  const rlimit files{files_before.rlim_max, files_before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &files);
  os::SpawnRequest request;
  request.has_default_limits = true;
  CHECK(run_shell(request, "umask; ulimit -S -n; ulimit -S -c; cat /proc/self/oom_score_adj") ==
        "0022\n1024\n0\n200\n");
  request.has_default_limits = false;
  CHECK(run_shell(request, "umask; ulimit -S -n") == "0022\n" + std::to_string(files.rlim_max) + "\n");
  ::setrlimit(RLIMIT_NOFILE, &files_before);
  ::umask(umask_before);
}

// Crashes of runners and executors, and tasks that cannot start.
#include <csignal>
#include <filesystem>
#include <functional>

#include "aurora/codec/json.h"
#include "aurora/os/spawn.h"
#include "executor/real_host.h"

using namespace aurora;
using test::RealHost;

namespace {

std::string refusal(RealHost& host, const core::Task& task) {
  REQUIRE(host.host().start(task, {}).ok());
  return host.wait_for_failure(task.id.value()).message;
}

bool is_gone(int pid) {
  const auto info = os::find_process(pid);
  return !info || info->state == 'Z';
}

int64_t private_kib(int pid) {
  const std::string text = *os::read_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  const std::string name = "Private_Dirty:";
  return std::stoll(text.substr(text.find(name) + name.size()));
}

}  // namespace

TEST_CASE("a task that cannot start says why") {
  RealHost host;
  CHECK(refusal(host, host.task("a", {{"p", "true"}}, "nosuchuser")) ==
        "Failed to initialize sandbox: Could not create sandbox because user does not exist: nosuchuser");
  CHECK(refusal(host, host.task("b", {{"p", "true"}}, "root")) ==
        "Failed to initialize sandbox: Could not create sandbox: role root is root, which tasks must not "
        "become");
  CHECK(refusal(host, host.task("c", {}, RealHost::role())) ==
        "Could not deserialize Thermos task from AssignedTask: Task has no processes.");
  CHECK(refusal(host, host.task("d", {{"p", "{{thermos.ports[http]}}"}}, RealHost::role())) ==
        "Could not deserialize Thermos task from AssignedTask: Task requires unbound port http!");
  host.run("e", {{"p", "true"}});
  CHECK(refusal(host, host.task("e", {{"p", "true"}}, RealHost::role())).ends_with("exists already"));
}

TEST_CASE("the sandbox belongs to the role alone") {
  RealHost host;
  host.run("t", {{"p", "stat -c '%U %a' ."}});
  CHECK(host.output_of("t", "p") == RealHost::user() + " 700\n");
}

TEST_CASE("a runner that is killed takes its processes along") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "(sleep 1000; true) & echo $! > child; echo ready; wait"}}).ok());
  host.wait_for_output("t", "p", "ready");
  const int child = std::stoi(*os::read_file(host.sandbox_of("t") + "/child"));
  const int process = host.pid_of("t", 0);
  os::send_signal(host.runner_of("t"), SIGKILL);
  const core::RunnerEnd end = host.wait_for_exit("t");
  CHECK(end.signal == SIGKILL);
  CHECK(end.last_state == core::RunState::Active);
  host.wait_until([&] { return is_gone(process) && is_gone(child); });
  CHECK(host.states_of("t") == "ACTIVE KILLED");
  CHECK(host.runs_of("t", 0) == "KILLED:-1");
}

TEST_CASE("destroying ends a task at once") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "trap '' TERM; sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int process = host.pid_of("t", 0);
  host.host().destroy(core::TaskId("t"));
  host.wait_for_exit("t");
  host.wait_until([&] { return is_gone(process); });
}

TEST_CASE("an executor that was restarted watches its runners on") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  host.start_executor();
  const auto found = host.host().adopt(core::TaskId("t"));
  CHECK(found.alive);
  CHECK(found.started);
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
}

TEST_CASE("a runner that starts while the executor dies is still found alive") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_birth("t");
  host.start_executor();  // which has heard nothing of its start
  CHECK(host.host().adopt(core::TaskId("t")).alive);
}

TEST_CASE("a task that ended while there was no executor") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "exit 3"}}).ok());
  host.wait_until([&] { return host.states_of("t").ends_with("FAILED"); });
  host.wait_for_exit("t");
  host.start_executor();
  const auto found = host.host().adopt(core::TaskId("t"));
  CHECK_FALSE(found.alive);
  CHECK(found.end.last_state == core::RunState::Failed);
}

// How a runner ended, by who is left to see it: the executor that started it, a later one, or none; with its
// parent (the nursery) alive. A killed runner is always found out by its signal.
TEST_CASE("a runner that died while there was no executor: its processes are swept, its signal is known") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int process = host.pid_of("t", 0);
  host.stop_executor();
  os::send_signal(host.runner_of("t"), SIGKILL);
  host.wait_until([&] { return host.states_of("t") == "ACTIVE KILLED" && is_gone(host.runner_of("t")); });
  host.wait_until([&] { return is_gone(process); });
  host.start_executor();
  const auto found = host.host().adopt(core::TaskId("t"));
  CHECK_FALSE(found.alive);
  CHECK(found.end.signal == SIGKILL);
  CHECK(found.end.last_state == core::RunState::Active);
  CHECK(host.runs_of("t", 0) == "KILLED:-1");
}

TEST_CASE("a runner of an earlier executor that dies under a later one: its signal is known") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int process = host.pid_of("t", 0);
  host.start_executor();
  REQUIRE(host.host().adopt(core::TaskId("t")).alive);
  os::send_signal(host.runner_of("t"), SIGABRT);
  const core::RunnerEnd end = host.wait_for_exit("t");
  CHECK(end.signal == SIGABRT);
  CHECK(end.last_state == core::RunState::Active);
  host.wait_until([&] { return is_gone(process); });
}

TEST_CASE(
    "a runner whose parent has died, too: the kernel tells its signal, or nobody does and the task is swept "
    "as lost") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int process = host.pid_of("t", 0);
  const int nursery = os::find_process(host.runner_of("t"))->parent;
  host.start_executor();
  REQUIRE(host.host().adopt(core::TaskId("t")).alive);
  os::send_signal(nursery, SIGKILL);
  host.wait_until([&] { return is_gone(nursery); });
  os::send_signal(host.runner_of("t"), SIGKILL);
  const core::RunnerEnd end = host.wait_for_exit("t");
  CHECK((end.signal == SIGKILL || (!end.signal && !end.exit_code)));
  CHECK(end.last_state == core::RunState::Active);
  host.wait_until([&] { return is_gone(process); });
  CHECK(host.runs_of("t", 0) == "KILLED:-1");
}

TEST_CASE("the nursery dies: its runners live on and further tasks start") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int nursery = os::find_process(host.runner_of("t"))->parent;
  os::send_signal(nursery, SIGKILL);
  REQUIRE(host.start("u", {{"p", "true"}}).ok());  // it may have been asked, and may not have heard
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
  host.run("v", {{"p", "true"}});
  CHECK(host.states_of("v") == "ACTIVE CLEANING FINALIZING SUCCESS");
}

TEST_CASE("processes in sessions of their own do not survive a killed runner") {
  RealHost host;
  REQUIRE(host.start("t", {{"p",
                            "(setsid bash -c 'echo $$ > escaped; sleep 1000' &) ; while ! [ -s escaped ]; do "
                            ":; done; echo ready; sleep 1000"}})
              .ok());
  host.wait_for_output("t", "p", "ready");
  const int escaped = std::stoi(*os::read_file(host.sandbox_of("t") + "/escaped"));
  os::send_signal(host.runner_of("t"), SIGKILL);
  host.wait_for_exit("t");
  host.wait_until([&] { return is_gone(escaped); });
}

TEST_CASE("a kill that comes before the runner is born reaches it") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "sleep 1000"}}).ok());
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(host.states_of("t").ends_with("KILLED"));
}

TEST_CASE("of a task that was accepted but never prepared there is nothing to find") {
  RealHost host;
  const auto found = host.host().adopt(core::TaskId("never"));
  CHECK_FALSE(found.alive);
  CHECK_FALSE(found.end.last_state.has_value());
}

TEST_CASE("a task that was still being prepared is begun by the next executor") {
  RealHost host;
  const core::Task task = host.task("t", {{"p", "echo once; stat -c %U ."}}, RealHost::role());
  const executor::TaskPaths paths = host.work().paths_of(task.id);
  host.stop_executor();
  REQUIRE(os::make_folders(paths.folder, 0700).ok());
  REQUIRE(os::write_file(paths.preparing, codec::encode_json(task), 0600).ok());
  REQUIRE(os::make_folders(paths.run).ok());
  REQUIRE(os::make_folders(paths.sandbox, 0700).ok());  // and no more of it
  host.start_executor();
  const core::HostTasks::FoundRunner found = host.host().adopt(task.id);
  CHECK_FALSE(found.alive);
  REQUIRE(found.unprepared);
  REQUIRE(host.start(*found.unprepared).ok());
  host.wait_for_exit("t");
  CHECK(host.output_of("t", "p") == "once\n" + RealHost::user() + "\n");
  CHECK_FALSE(host.host().adopt(task.id).unprepared);
}

TEST_CASE("half an order is none, and what cannot be prepared leaves nothing") {
  RealHost host;
  const executor::TaskPaths paths = host.work().paths_of(core::TaskId("t"));
  REQUIRE(os::make_folders(paths.folder, 0700).ok());
  REQUIRE(os::write_file(paths.preparing, R"({"taskId":)", 0600).ok());
  CHECK_FALSE(host.host().adopt(core::TaskId("t")).unprepared);
  const core::Task nobodys = host.task("n", {{"p", "true"}}, "nosuchuser");
  CHECK(refusal(host, nobodys).find("nosuchuser") != std::string::npos);
  CHECK_FALSE(os::exists(host.work().paths_of(nobodys.id).folder));
}

TEST_CASE("why a runner could start nothing is known to the next executor, too") {
  RealHost host;
  const executor::TaskPaths paths = host.work().paths_of(core::TaskId("t"));
  REQUIRE(os::make_folders(paths.folder, 0700).ok());
  REQUIRE(os::write_file(paths.checkpoint, "", 0600).ok());
  REQUIRE(os::write_file(paths.failure, "crun create failed: no", 0600).ok());
  const core::HostTasks::FoundRunner found = host.host().adopt(core::TaskId("t"));
  REQUIRE(found.failed);
  CHECK(found.failed->status == core::TaskStatus::Failed);
  CHECK(found.failed->message == "Task initialization failed: crun create failed: no");
}

TEST_CASE("a pid that now belongs to somebody else is not killed") {
  RealHost host;
  const core::TaskId task_id("t");
  const executor::TaskPaths paths = host.work().paths_of(task_id);
  REQUIRE(os::make_folders(paths.folder).ok());
  const int ours = os::own_pid();  // alive, but it did not start in 1970
  REQUIRE(
      os::write_file(
          paths.checkpoint,
          executor::encode_record(core::RunStateRecord{core::RunState::Active, Instant{}, 1}) +
              executor::encode_record(core::ProcessRecord{0, core::ProcessState::Waiting, Instant{}}) +
              executor::encode_record(core::ProcessRecord{0, core::ProcessState::Forked, Instant{}, ours}) +
              executor::encode_record(core::ProcessRecord{0, core::ProcessState::Running, Instant{}, ours}))
          .ok());
  host.host().adopt(task_id);
  CHECK(host.runs_of("t", 0) == "LOST");
}

TEST_CASE("a task that ended says why") {
  struct Case {
    std::string before;  // what a first process does
    std::string cmdline;
    std::string why;
  };
  const Case cases[] = {
      {"true", "exit 3", "process 'p' exited with code 3"},
      {"true", "bash -c 'kill -SEGV $$'; exit $?",
       "process 'p' exited with code 139, as a shell does after SIGSEGV"},
      {"rm -rf .logs; touch .logs", "true",
       "process 'p' could not be started: cannot open '.logs/p/0/stdout': '.logs' is a file, where a folder "
       "is wanted"},
      {"ln -s /nowhere .logs/p", "true",
       "process 'p' could not be started: cannot open '.logs/p/0/stdout': '.logs/p' is a link"},
      {"mkdir -p .logs/p/0; ln -s /dev/null .logs/p/0/stderr", "true",
       "process 'p' could not be started: cannot open '.logs/p/0/stderr': '.logs/p/0/stderr' is a link"},
      {"mkdir -p .logs/p/0/stdout", "true",
       "process 'p' could not be started: cannot open '.logs/p/0/stdout': '.logs/p/0/stdout' is a folder, "
       "where a "
       "file is wanted"},
      {"mkdir -p .logs/p/0; mkfifo .logs/p/0/stdout", "true",
       "process 'p' could not be started: cannot open '.logs/p/0/stdout': '.logs/p/0/stdout' is a pipe from "
       "which "
       "nobody reads"},
  };
  RealHost host;
  int number = 0;
  for (const Case& c : cases) {
    const std::string id = "t" + std::to_string(++number);
    INFO(c.why);
    const core::RunnerEnd end = host.run(id, {{"first", c.before}, {"p", c.cmdline}},
                                         R"(, "constraints": [{"order": ["first", "p"]}])");
    CHECK(end.last_state == core::RunState::Failed);
    REQUIRE(end.reason.has_value());
    CHECK(to_sentence(*end.reason) == c.why);
  }
}

TEST_CASE("a sandbox that its processes cannot enter is named") {
  RealHost host;
  const core::RunnerEnd end = host.run("t", {{"first", "chmod 000 ."}, {"p", "true"}},
                                       R"(, "constraints": [{"order": ["first", "p"]}])");
  REQUIRE(end.reason.has_value());
  CHECK(to_sentence(*end.reason) ==
        "process 'p' could not be started: cannot enter " + host.sandbox_of("t") + ": Permission denied");
}

TEST_CASE("a killed runner and a killed task say how") {
  RealHost host;
  REQUIRE(host.start("died", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("died");
  os::send_signal(host.runner_of("died"), SIGKILL);
  CHECK(to_sentence(host.wait_for_exit("died").reason.value()) == "the task's runner was ended by SIGKILL");
  REQUIRE(host.start("killed", {{"p", "sleep 1000"}}).ok());
  host.wait_for_start("killed");
  host.host().request_kill(core::TaskId("killed"));
  CHECK(to_sentence(host.wait_for_exit("killed").reason.value()) ==
        "killed by request; process 'p' was ended by SIGTERM");
}

TEST_CASE("a runner whose first record is damaged is found all the same, and ends when it is asked to") {
  RealHost host;
  const core::TaskId id("t");
  REQUIRE(host.start("t", {{"a", "echo ready; exec sleep 1000"}}).ok());
  host.wait_for_output("t", "a", "ready");
  host.stop_executor();
  const std::string checkpoint = host.work().paths_of(id).checkpoint;
  std::string bytes = *os::read_file(checkpoint);
  bytes[12] ^= 1;
  REQUIRE(os::write_file(checkpoint, bytes).ok());
  REQUIRE(host.history_of(id).states.empty());
  host.start_executor();
  CHECK(host.host().adopt(id).alive);
  host.host().request_kill(id);
  host.wait_for_exit("t");
  CHECK(host.history_of(id).state() == core::RunState::Killed);
}

TEST_CASE(
    "a runner whose checkpoint was taken from it is no dead one for the next executor, which gets it back at "
    "its end") {
  struct Case {
    const char* name;
    std::function<void(const std::string& checkpoint)> take_away;
  };
  const Case cases[] = {
      {"deleted", [](const std::string& path) { os::remove_file(path); }},
      {"moved away", [](const std::string& path) { REQUIRE(os::rename_file(path, path + ".old").ok()); }},
      {"replaced by a copy",
       [](const std::string& path) {
         REQUIRE(os::write_file(path + ".copy", *os::read_file(path), 0600).ok());
         REQUIRE(os::rename_file(path + ".copy", path).ok());
       }},
      {"deleted with its folder",
       [](const std::string& path) { std::filesystem::remove_all(path.substr(0, path.rfind('/'))); }},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    RealHost host;
    const core::TaskId id("t");
    REQUIRE(host.start("t", {{"p", "echo ready; while ! [ -e end ]; do read -t 0.05 <> <(:); done; exit 3"}})
                .ok());
    REQUIRE(host.start("other", {{"p", "exec sleep 1000"}}).ok());
    host.wait_for_output("t", "p", "ready");
    host.wait_for_birth("other");
    const int runner = host.runner_of("t");
    host.stop_executor();
    c.take_away(host.work().paths_of(id).checkpoint);
    host.start_executor();
    const auto found = host.host().list_found();
    CHECK(found.size() == 2);
    CHECK(std::all_of(found.begin(), found.end(), [](const auto& folder) { return folder.is_held; }));
    const auto adopted = host.host().adopt(id);
    CHECK(adopted.alive);
    CHECK(adopted.started);
    CHECK_FALSE(is_gone(runner));
    REQUIRE(os::write_file(host.sandbox_of("t") + "/end", "").ok());
    if (adopted.alive) CHECK(host.wait_for_exit("t").last_state == core::RunState::Failed);
    CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING FAILED");
    CHECK(host.runs_of("t", 0) == "FAILED:3");
    host.wait_until([&] { return is_gone(runner); });
  }
}

TEST_CASE("a process of a task that looks like a runner is taken for none") {
  const Result<os::User> user = os::find_user(RealHost::role());
  if (!os::is_root() || !user.ok()) return;
  RealHost host;
  const core::TaskId id("t");
  const test::TempFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  REQUIRE(os::write_file(folder.path() + "/runner", "while :; do read -t 0.05 <> <(:); done").ok());
  // Before the real one, so that it is found first.
  const Result<int> forged = os::spawn({.program = "/bin/bash",
                                        .arguments = {"aurora", "runner", host.work().paths_of(id).folder},
                                        .folder = folder.path(),
                                        .user = *user});
  REQUIRE(forged.ok());
  REQUIRE(host.start("t", {{"a", "echo ready; exec sleep 1000"}}).ok());
  host.wait_for_output("t", "a", "ready");
  const int runner = host.runner_of("t");
  host.stop_executor();
  const std::string checkpoint = host.work().paths_of(id).checkpoint;
  std::string bytes = *os::read_file(checkpoint);
  bytes[12] ^= 1;  // in the record that says who the runner is
  REQUIRE(os::write_file(checkpoint, bytes).ok());
  host.start_executor();
  CHECK(host.host().adopt(id).alive);
  host.host().destroy(id);
  host.wait_until([&] { return is_gone(runner) || is_gone(*forged); });
  CHECK(is_gone(runner));
  CHECK_FALSE(is_gone(*forged));
  os::send_signal(*forged, SIGKILL);
  os::send_signal(runner, SIGKILL);
  os::wait_for_child(*forged);
  host.wait_for_exit("t");
}

TEST_CASE("a runner's memory does not grow with those that were born before it") {
  RealHost host;
  constexpr int kTasks = 300;
  const auto id = [](int number) { return "t" + std::to_string(number); };
  for (int number = 0; number < kTasks; ++number) REQUIRE(host.start(id(number), {{"p", "exec sleep 1000"}}).ok());
  for (int number = 0; number < kTasks; ++number) host.wait_for_start(id(number));
  CHECK(private_kib(host.runner_of(id(kTasks - 1))) < private_kib(host.runner_of(id(0))) + 32);
}

TEST_CASE("orphans of checks and execs are reaped when they end, whatever their name, and also when no task ends") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "exec sleep 1000"}}).ok());
  host.wait_for_start("t");
  const SystemClock clock;
  const Duration settled = clock.monotonic() + seconds(2);  // a new host looks for what an earlier one left
  host.wait_until([&] { return clock.monotonic() > settled; });
  const test::TempFolder folder;
  std::filesystem::copy_file("/bin/sleep", folder.path() + "/aurora");
  const auto list_orphans = [&] {  // not those that tests before this one have left
    std::vector<int> orphans = os::adopted_children();
    std::error_code gone;
    std::erase_if(orphans, [&](int pid) {
      return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", gone) != folder.path();
    });
    return orphans;
  };
  const Result<int> check = os::spawn({.program = "/bin/sh",
                                       .arguments = {"sh", "-c", "setsid ./aurora 1000 & setsid sleep 1000 & exit 0"},
                                       .environment = {"PATH=/usr/bin:/bin"},
                                       .folder = folder.path()});
  REQUIRE(check.ok());
  host.wait_until([&] { return list_orphans().size() == 2; });
  os::wait_for_child(*check);
  const std::vector<int> orphans = list_orphans();
  REQUIRE(orphans.size() == 2);
  for (const int pid : orphans) os::send_signal(pid, SIGKILL);
  host.wait_until([&] {
    const std::vector<int> left = os::adopted_children();
    return std::ranges::find_first_of(left, orphans) == left.end();
  });
}

// Real runners with real processes: what §5 to §8 of spec/thermos-executor.md promise to a task.
#include <csignal>

#include "executor/real_host.h"

using namespace aurora;
using test::RealHost;

namespace {

constexpr int kFinished = static_cast<int>(core::RunState::Success);

int last_state(const core::RunnerEnd& end) {
  return static_cast<int>(end.last_state.value_or(core::RunState::Lost));
}

bool is_gone(int pid) {
  const auto info = os::find_process(pid);
  return !info || info->state == 'Z';
}

}  // namespace

TEST_CASE("ordered processes, their output and their environment") {
  RealHost host;
  const auto end = host.run("t", {{"a", "echo first > file"}, {"b", "cat file; env | sort; pwd; id -un"}},
                            R"(, "constraints": [{"order": ["a", "b"]}])");
  CHECK(last_state(end) == kFinished);
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING SUCCESS");
  CHECK(host.runs_of("t", 0) == "SUCCESS:0");
  const std::string sandbox = host.sandbox_of("t");
  const std::string user = RealHost::user();
  CHECK(host.output_of("t", "b") ==
        "first\nHOME=" + sandbox + "\nLOGNAME=" + user + "\nPATH=/usr/local/bin:/usr/bin:/bin\nPWD=" +
            sandbox + "\nSHLVL=1\nUSER=" + user + "\n_=/usr/bin/env\n" + sandbox + "\n" + user + "\n");
}

TEST_CASE("one process leaves its environment to the next in .thermos_profile") {
  RealHost host;
  host.run("t", {{"a", "echo 'export COLOUR=blue' > .thermos_profile"}, {"b", "echo $COLOUR"}},
           R"(, "constraints": [{"order": ["a", "b"]}])");
  CHECK(host.output_of("t", "b") == "blue\n");
}

TEST_CASE("failures are retried up to max_failures, each run with its own logs") {
  RealHost host;
  host.run("t", {{"a", "echo run >> count; echo attempt $(wc -l < count); exit 3",
                  R"(, "max_failures": 2, "min_duration": 0)"}});
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING FAILED");
  CHECK(host.runs_of("t", 0) == "FAILED:3 FAILED:3");
  CHECK(host.output_of("t", "a", "stdout", 1) == "attempt 2\n");
}

TEST_CASE("a failing task ends its other processes and runs the final ones") {
  RealHost host;
  host.run("t", {{"a", "while ! [ -e ready ]; do :; done; exit 7"},
                 {"b", "touch ready; sleep 1000"},
                 {"f", "echo bye; exit 1", R"(, "final": true)"}});
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING FAILED");
  CHECK(host.runs_of("t", 0) == "FAILED:7");
  CHECK(host.runs_of("t", 1) == "KILLED:-15");
  CHECK(host.runs_of("t", 2) == "FAILED:1");
  CHECK(host.output_of("t", "f") == "bye\n");
}

TEST_CASE("an ephemeral process does not hold the task") {
  RealHost host;
  host.run("t", {{"a", "true"}, {"e", "sleep 1000", R"(, "ephemeral": true)"}});
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING SUCCESS");
}

TEST_CASE("a daemon that succeeds runs again") {
  RealHost host;
  host.run("t",
           {{"d", "echo x >> runs; [ $(wc -l < runs) -lt 3 ]", R"(, "daemon": true, "min_duration": 0)"}});
  CHECK(host.runs_of("t", 0) == "SUCCESS:0 SUCCESS:0 FAILED:1");
}

TEST_CASE("a killed task: control taken, SIGTERM to the process, nothing left") {
  RealHost host;
  REQUIRE(host.start("t", {{"a", "sleep 1000"}}).ok());
  host.wait_for_start("t");
  const int pid = host.pid_of("t", 0);
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
  CHECK(host.runs_of("t", 0) == "KILLED:-15");
  CHECK(is_gone(pid));
}

TEST_CASE("a process that ignores SIGTERM is killed when the time is over") {
  RealHost host;
  REQUIRE(host.start("t",
                     {{"a", "trap '' TERM; echo ready; while :; do read -t 1 <> <(:); done"},
                      {"b", "while ! [ -e go ]; do :; done; exit 1"}},
                     R"(, "finalization_wait": 0)")
              .ok());
  host.wait_for_output("t", "a", "ready");
  REQUIRE(os::write_file(host.sandbox_of("t") + "/go", "").ok());
  host.wait_for_exit("t");
  CHECK(host.states_of("t") == "ACTIVE CLEANING FAILED");
  CHECK(host.runs_of("t", 0) == "KILLED:-1");
}

TEST_CASE("children that a finished process leaves behind are killed") {
  RealHost host;
  host.run("t", {{"a",
                  "sleep 1000 & echo $! > child; set -m; sleep 1001 & echo $! > job; (setsid sleep 1002 & "
                  "echo $! > session)"}});
  for (const char* file : {"child", "job", "session"}) {
    CAPTURE(file);
    CHECK(is_gone(std::stoi(*os::read_file(host.sandbox_of("t") + "/" + file))));
  }
}

TEST_CASE("a process that is killed runs again in the same task") {
  RealHost host;
  REQUIRE(
      host.start("t", {{"a", "[ -e once ] || { touch once; kill -9 $$; }", R"(, "min_duration": 0)"}}).ok());
  host.wait_for_exit("t");
  CHECK(host.runs_of("t", 0) == "KILLED:-9 SUCCESS:0");
}

TEST_CASE("a command that does not exist fails as in a shell") {
  RealHost host;
  host.run("t", {{"a", "/no/such/program"}});
  CHECK(host.runs_of("t", 0) == "FAILED:127");
  CHECK(host.output_of("t", "a", "stderr").find("No such file or directory") != std::string::npos);
}

TEST_CASE("the longest command line is executed, and one that the system would refuse is refused with the reason") {
  RealHost host;
  const std::string longest = "true " + std::string(131'066, 'x');
  host.run("t", {{"a", longest}});
  CHECK(host.runs_of("t", 0) == "SUCCESS:0");
  REQUIRE(host.start("u", {{"a", longest + "x"}}).ok());
  const core::StartFailed failure = host.wait_for_failure("u");
  CHECK(failure.status == core::TaskStatus::Failed);
  CHECK(failure.message ==
        "Could not deserialize Thermos task from AssignedTask: process \"a\" has a command line of 131,072 bytes; at most "
        "131,071 can be executed: put it into a file of the sandbox");
}

TEST_CASE("a sandbox that vanished fails the process, not the runner") {
  RealHost host;
  const auto end = host.run("t", {{"a", "rm -rf ../sandbox"}, {"b", "true"}},
                            R"(, "constraints": [{"order": ["a", "b"]}])");
  CHECK_FALSE(end.signal.has_value());
  if (os::is_root()) CHECK(host.states_of("t").ends_with("FAILED"));
}

TEST_CASE("a flood of output is kept whole") {
  RealHost host;
  host.run("t", {{"a", "head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2"}});
  CHECK(host.output_of("t", "a").size() == 30'000'000);
  CHECK(host.output_of("t", "a", "stderr").size() == 30'000'000);
}

TEST_CASE("many processes of one task") {
  RealHost host;
  std::vector<test::ProcessRecipe> processes;
  for (int i = 0; i < 40; ++i) processes.push_back({"p" + std::to_string(i), "echo " + std::to_string(i)});
  host.run("t", processes, R"(, "max_concurrency": 3)");
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING SUCCESS");
  CHECK(host.output_of("t", "p39") == "39\n");
}

TEST_CASE("logs that rotate keep as many files as asked for, without a byte lost before") {
  RealHost host;
  host.run("t", {{"a", "for i in 1 2 3 4 5 6 7; do echo line $i; sleep 0.05; done; echo oops >&2",
                  R"(, "logger": {"mode": "rotate", "rotate": {"log_size": 14, "backups": 2}})"}});
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING SUCCESS");
  CHECK(host.output_of("t", "a") == "line 7\n");
  CHECK(host.output_of("t", "a", "stdout.1") == "line 5\nline 6\n");
  CHECK(host.output_of("t", "a", "stdout.2") == "line 3\nline 4\n");
  CHECK_FALSE(os::exists(host.sandbox_of("t") + "/.logs/a/0/stdout.3"));
  CHECK(host.output_of("t", "a", "stderr") == "oops\n");
}

TEST_CASE("output goes to the console beside the sandbox, to both or nowhere") {
  RealHost host;
  host.run("t",
           {{"console", "echo console", R"(, "logger": {"destination": "console"})"},
            {"both", "echo both; echo error >&2", R"(, "logger": {"destination": "both"})"},
            {"none", "echo none", R"(, "logger": {"destination": "none"})"}},
           R"(, "constraints": [{"order": ["console", "both", "none"]}])");
  CHECK(host.output_of("t", "console").empty());
  CHECK(host.output_of("t", "both") == "both\n");
  CHECK(host.output_of("t", "none").empty());
  CHECK_FALSE(os::exists(host.sandbox_of("t") + "/.logs/none"));
  const std::string run = host.sandbox_of("t") + "/..";
  CHECK(*os::read_file(run + "/stdout") == "console\nboth\n");
  CHECK(*os::read_file(run + "/stderr") == "error\n");
}

TEST_CASE("what a killed process has written is in its rotating log, and the writer is gone with the task") {
  RealHost host;
  REQUIRE(
      host.start("t", {{"a", "trap 'echo bye; exit' TERM; echo ready; while :; do read -t 1 <> <(:); done",
                        R"(, "logger": {"mode": "rotate"})"}})
          .ok());
  host.wait_for_output("t", "a", "ready");
  std::vector<int> all = os::descendants_of(host.runner_of("t"));
  REQUIRE(all.size() >= 2);  // the process and its writer
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(host.output_of("t", "a") == "ready\nbye\n");
  for (const int pid : all) CHECK(is_gone(pid));
}

TEST_CASE("a flood of output into rotating logs and to the console is kept whole") {
  RealHost host;
  host.run(
      "t",
      {{"a", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2",
        R"(, "logger": {"destination": "both", "mode": "rotate", "rotate": {"log_size": 2000000, "backups": 1}})"}});
  CHECK(host.output_of("t", "a").size() + host.output_of("t", "a", "stdout.1").size() == 3'000'000);
  CHECK(os::read_file(host.sandbox_of("t") + "/../stdout")->size() == 3'000'000);
}

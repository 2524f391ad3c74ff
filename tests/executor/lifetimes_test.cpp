// Nothing that runs is doubled, told twice, cut short or left behind: runners that are born late, kills that are
// repeated, what detached, and what the death of its parents leaves. Real runners, real processes.
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "aurora/os/spawn.h"
#include "executor/real_host.h"

using namespace aurora;
using test::RealHost;

namespace {

bool is_gone(int pid) {
  const auto info = os::find_process(pid);
  return !info || !os::is_alive(*info);
}

int parent_of(int pid) { return os::find_process(pid)->parent; }

// Processes of the task, wherever they have gone.
std::vector<int> living_of(const RealHost& host, const std::string& id) {
  std::vector<int> living;
  for (const int pid : os::list_processes()) {
    const auto info = os::find_process(pid);
    if (info && os::is_alive(*info) && os::environment_of(pid, "HOME") == host.sandbox_of(id)) living.push_back(pid);
  }
  return living;
}

std::string file_of(const RealHost& host, const std::string& id, const std::string& name) {
  const Result<std::string> text = os::read_file(host.sandbox_of(id) + "/" + name);
  return text.ok() ? *text : "";
}

// Starts a task that does nothing, for its parent; kill it before the end.
int start_for_nursery(RealHost& host) {
  REQUIRE(host.start("first", {{"p", "sleep 1000"}}).ok());
  host.wait_for_birth("first");
  return parent_of(host.runner_of("first"));
}

// A nursery that stands still, and goes on at the latest when the test is over.
class Stopped {
 public:
  explicit Stopped(int pid) : pid_(pid) { os::send_signal(pid_, SIGSTOP); }
  ~Stopped() { go_on(); }
  void go_on() {
    if (pid_ != 0) os::send_signal(std::exchange(pid_, 0), SIGCONT);
  }

 private:
  int pid_;
};

// The executor dies while it waits for this task's birth.
void crash_before_birth(RealHost& host, const std::string& id) {
  REQUIRE(host.start(id, {{"p", "echo $$ >> births; exec sleep 1000"}}).ok());
  const std::string checkpoint = host.work().paths_of(core::TaskId(id)).checkpoint;
  // Its lock is on its way. Only looked at: one that is taken for a moment keeps its owner out.
  const auto is_asked_for = [&] {
    struct stat status {};
    if (::stat(checkpoint.c_str(), &status) != 0) return false;
    std::ifstream locks("/proc/locks");
    const std::string text{std::istreambuf_iterator<char>(locks), {}};
    return text.find(":" + std::to_string(status.st_ino) + " ") != std::string::npos;
  };
  host.wait_until(is_asked_for);
  static_cast<void>(host.host().wait(milliseconds(100)));
  host.start_executor();
}

// Whatever it is told, it says so and goes on until there is a file `end`.
const std::string kStubborn =
    "trap 'echo term >> terms' TERM; echo ready; while ! [ -e end ]; do read -t 0.05 <> <(:); done";

// Writes `clean` a second after it was told to end.
const std::string kDaemon =
    "(setsid bash -c 'trap \"sleep 1; echo yes >> clean; exit\" TERM; echo $$ > daemon; "
    "while :; do read -t 0.05 <> <(:); done' &); while ! [ -s daemon ]; do read -t 0.01 <> <(:); done; echo ready";

// Six times: fork in a session of its own and exit, for ever (half a minute, if nobody ends it).
const std::string kChains =
    "cat > chain <<'END'\n[ $SECONDS -lt 30 ] && [ $(( $(date +%s) - $1 )) -lt 30 ] && setsid bash chain $1 &\nEND\n"
    "now=$(date +%s); for i in 1 2 3 4 5 6; do setsid bash chain $now & done; echo ready; sleep 1000";

}  // namespace

TEST_CASE("a runner that is born under a later executor is waited for, and delays nobody") {
  RealHost host;
  Stopped nursery(start_for_nursery(host));
  crash_before_birth(host, "late");
  const auto found = host.host().adopt(core::TaskId("late"));
  CHECK(found.alive);
  CHECK_FALSE(found.started);
  host.run("other", {{"p", "true"}});  // meanwhile
  CHECK(host.states_of("late").empty());
  nursery.go_on();
  host.wait_for_start("late");
  host.wait_until([&] { return !file_of(host, "late", "births").empty(); });
  host.host().request_kill(core::TaskId("late"));
  host.wait_for_exit("late");
  CHECK(host.states_of("late") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
  CHECK(living_of(host, "late").empty());
}

TEST_CASE("of a nursery that stands still no more is asked than its channel takes") {
  RealHost host;
  Stopped nursery(start_for_nursery(host));
  int started = 0;
  host.wait_until([&] {
    for (; started < 200 && host.host().can_start(); ++started) {
      REQUIRE(host.start("t" + std::to_string(started), {{"p", "true"}}).ok());
    }
    return os::list_names(host.work().state + "/tasks").size() > 100;
  });
  host.wait_until([&, looks = 0]() mutable { return ++looks > 20; });
  CHECK_FALSE(host.host().can_start());
  CHECK(started < 200);
  nursery.go_on();
  host.wait_until([&] { return host.host().can_start(); });
  for (int i = 0; i < started; ++i) host.wait_for_exit("t" + std::to_string(i));
}

TEST_CASE("a kill of a runner that is not born yet reaches it at its birth, even by another executor") {
  RealHost host;
  Stopped nursery(start_for_nursery(host));
  crash_before_birth(host, "late");
  CHECK(host.host().adopt(core::TaskId("late")).alive);
  host.host().request_kill(core::TaskId("late"));
  host.host().destroy(core::TaskId("late"));
  nursery.go_on();
  host.wait_for_exit("late");
  CHECK(host.states_of("late").ends_with("KILLED"));
  CHECK(living_of(host, "late").empty());
}

TEST_CASE("a runner that is never born is lost, not waited for") {
  RealHost host;
  const int parent = start_for_nursery(host);
  Stopped nursery(parent);
  crash_before_birth(host, "never");
  CHECK(host.host().adopt(core::TaskId("never")).alive);
  os::send_signal(parent, SIGKILL);
  CHECK(host.wait_for_failure("never").message == "Executor was restarted before the task could be started.");
  CHECK(host.states_of("never").empty());
}

TEST_CASE("a runner whose task was ended before its birth does not begin") {
  RealHost host;
  Stopped nursery(start_for_nursery(host));
  crash_before_birth(host, "buried");
  const std::string checkpoint = host.work().paths_of(core::TaskId("buried")).checkpoint;
  {  // as executors did that did not ask for the lock
    const Result<os::Fd> file = os::open_for_append(checkpoint, 0600);
    REQUIRE(os::append_all(*file, executor::encode_record(core::RunStateRecord{core::RunState::Lost, Instant{}})).ok());
  }
  CHECK(host.host().adopt(core::TaskId("buried")).alive);
  nursery.go_on();
  CHECK(host.wait_for_exit("buried").last_state == core::RunState::Lost);
  CHECK(host.states_of("buried") == "LOST");
  CHECK(file_of(host, "buried", "births").empty());
}

TEST_CASE("one kill is one SIGTERM, whoever repeats it") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", kStubborn}}).ok());
  host.wait_for_output("t", "p", "ready");
  host.host().request_kill(core::TaskId("t"));
  host.wait_until([&] { return file_of(host, "t", "terms") == "term\n"; });
  for (int i = 0; i < 3; ++i) {
    host.start_executor();
    REQUIRE(host.host().adopt(core::TaskId("t")).alive);
    host.host().request_kill(core::TaskId("t"));
    os::send_signal(host.runner_of("t"), SIGTERM);
    host.wait_until([&, looks = 0]() mutable { return ++looks > 20; });  // for one more to come
  }
  REQUIRE(os::write_file(host.sandbox_of("t") + "/end", "").ok());
  host.wait_for_exit("t");
  CHECK(file_of(host, "t", "terms") == "term\n");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
}

TEST_CASE("what detached has its SIGTERM and its time when the task is killed") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", kDaemon + "; exec sleep 1000"}}).ok());
  host.wait_for_output("t", "p", "ready");
  host.host().request_kill(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(file_of(host, "t", "clean") == "yes\n");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
  CHECK(living_of(host, "t").empty());
}

TEST_CASE("what detached has its SIGTERM and its time when the task ends by itself") {
  RealHost host;
  host.run("t", {{"p", kDaemon}, {"f", "cat clean", R"(, "final": true)"}});
  CHECK(file_of(host, "t", "clean") == "yes\n");
  CHECK(host.output_of("t", "f") == "yes\n");  // cleaning is over before finalizing begins
  CHECK(host.states_of("t") == "ACTIVE CLEANING FINALIZING SUCCESS");
}

TEST_CASE("what a final process detached has its SIGTERM, too") {
  RealHost host;
  host.run("t", {{"p", "true"}, {"f", kDaemon, R"(, "final": true)"}});
  CHECK(file_of(host, "t", "clean") == "yes\n");
  CHECK(living_of(host, "t").empty());
}

TEST_CASE("what detached and does not end is killed when the time is over") {
  RealHost host;
  host.run("t", {{"p", "(setsid bash -c \"trap '' TERM; echo > up; sleep 1000\" &); while ! [ -e up ]; do :; done"}},
           R"(, "finalization_wait": 1)");
  CHECK(host.states_of("t") == "ACTIVE CLEANING SUCCESS");
  CHECK(living_of(host, "t").empty());
}

TEST_CASE("processes that fork and exit in sessions of their own do not survive a killed runner") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", kChains}}).ok());
  host.wait_for_output("t", "p", "ready");
  os::send_signal(host.runner_of("t"), SIGKILL);
  host.wait_for_exit("t");
  host.wait_until([&] { return living_of(host, "t").empty() && living_of(host, "t").empty(); });
}

TEST_CASE("processes that fork and exit in sessions of their own do not survive a kill") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "trap '' TERM; " + kChains}}, R"(, "finalization_wait": 1)").ok());
  host.wait_for_output("t", "p", "ready");
  os::send_signal(host.runner_of("t"), SIGUSR2);
  host.wait_for_exit("t");
  host.wait_until([&] { return living_of(host, "t").empty() && living_of(host, "t").empty(); });
}

TEST_CASE("nothing survives a killed runner whose parent was killed, too") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "for i in 1 2; do (setsid sleep 1000 &); done; echo ready; sleep 1000"}}).ok());
  host.wait_for_output("t", "p", "ready");
  host.wait_until([&] { return living_of(host, "t").size() >= 3; });
  const int runner = host.runner_of("t");
  os::send_signal(parent_of(runner), SIGKILL);
  os::send_signal(runner, SIGKILL);
  host.wait_for_exit("t");
  CHECK(living_of(host, "t").empty());
}

TEST_CASE("what hides its origin does not survive runner and parent either: it is the executor's child") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "(env -i setsid sleep 1000 & echo $! > hidden); echo ready; sleep 1000"}}).ok());
  host.wait_for_output("t", "p", "ready");
  const int hidden = std::stoi(file_of(host, "t", "hidden"));
  const int runner = host.runner_of("t");
  os::send_signal(parent_of(runner), SIGKILL);
  os::send_signal(runner, SIGKILL);
  CHECK(host.wait_for_exit("t").signal == SIGKILL);
  host.wait_until([&] { return is_gone(hidden); });
}

TEST_CASE("nothing survives the death of runner, its parent and executor once there is another executor") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "for i in 1 2; do (setsid sleep 1000 &); done; echo ready; sleep 1000"}}).ok());
  host.wait_for_output("t", "p", "ready");
  REQUIRE(host.start("healthy", {{"p", "echo ready; sleep 1000"}}).ok());
  host.wait_for_output("healthy", "p", "ready");
  host.stop_executor();
  const int runner = host.runner_of("t");
  os::send_signal(parent_of(runner), SIGKILL);
  os::send_signal(runner, SIGKILL);
  host.wait_until([&] { return is_gone(runner); });
  host.start_executor();
  CHECK(host.host().adopt(core::TaskId("healthy")).alive);
  CHECK_FALSE(host.host().adopt(core::TaskId("t")).alive);
  static_cast<void>(host.host().wait(Duration{}));
  CHECK(living_of(host, "t").empty());
  CHECK_FALSE(living_of(host, "healthy").empty());
}

TEST_CASE("a runner that was stopped while it should end goes on first, and is not killed for it") {
  RealHost host;
  REQUIRE(host.start("t", {{"p", "trap 'echo term >> terms; exit' TERM; echo ready; while :; do read -t 0.05 <> <(:); done"}}).ok());
  host.wait_for_start("t");
  host.wait_for_output("t", "p", "ready");
  const int runner = host.runner_of("t");
  os::send_signal(runner, SIGSTOP);
  host.wait_until([&] { return os::find_process(runner)->state == 'T'; });
  host.host().request_kill(core::TaskId("t"));
  host.host().destroy(core::TaskId("t"));
  host.wait_for_exit("t");
  CHECK(file_of(host, "t", "terms") == "term\n");
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
}

TEST_CASE("a process is known by its start in ticks and its kernel, whatever the wall clock says") {
  struct Case {
    const char* name;
    bool same_boot;
    int64_t ticks_apart;
    bool is_ours;
  };
  const Case cases[] = {{"same", true, 0, true}, {"later", true, 1, false}, {"rebooted", false, 0, false}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    RealHost host;
    const Result<int> pid = os::spawn({.program = "/bin/sleep", .arguments = {"sleep", "1000"}});
    REQUIRE(pid.ok());
    const core::TaskId task_id("t");
    const executor::TaskPaths paths = host.work().paths_of(task_id);
    REQUIRE(os::make_folders(paths.folder).ok());
    // The clock was set by half a century since.
    core::ProcessRecord forked{0, core::ProcessState::Forked, Instant{}, *pid};
    forked.start_ticks = os::find_process(*pid)->start_ticks + c.ticks_apart;
    const core::RunStateRecord active{core::RunState::Active, Instant{}, 1, c.same_boot ? os::boot_id() : "another"};
    REQUIRE(os::write_file(paths.checkpoint,
                           executor::encode_record(active) +
                               executor::encode_record(core::ProcessRecord{0, core::ProcessState::Waiting, Instant{}}) +
                               executor::encode_record(forked))
                .ok());
    host.host().adopt(task_id);
    CHECK(host.runs_of("t", 0) == (c.is_ours ? "KILLED:-1" : "LOST"));
    host.wait_until([&] { return is_gone(*pid) == c.is_ours; });
    os::send_signal(*pid, SIGKILL);
    os::wait_for_child(*pid);
  }
}

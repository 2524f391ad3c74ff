#include "aurora/executor/host_loop.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_runner_host.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

// A journal that can be out of disk.
class MemoryJournal final : public HostJournal {
 public:
  Status append(const std::vector<core::HostRecord>& more) override {
    ++appends;
    if (is_full) return Error{ErrorCode::ResourceExhausted, "No space left on device"};
    records.insert(records.end(), more.begin(), more.end());
    return Unit{};
  }
  Result<std::vector<core::HostRecord>> load() override { return records; }
  bool wants_compaction() const override { return records.size() > compact_above; }
  Status compact(const std::vector<core::HostRecord>& all) override {
    records = all;
    return Unit{};
  }

  size_t compact_above = SIZE_MAX;
  std::vector<core::HostRecord> records;
  bool is_full = false;
  int appends = 0;
};

class RecordingSink final : public ReportSink {
 public:
  void post(core::ReportTasks report) override { reports.push_back(std::move(report)); }
  std::vector<core::ReportTasks> reports;
};

class RecordingWatch final : public HealthWatch {
 public:
  void watch(const core::TaskId& task_id, bool is_healthy) override {
    calls.push_back((is_healthy ? "watch healthy " : "watch ") + task_id.value());
  }
  void shut_down(const core::TaskId& task_id) override { calls.push_back("shut down " + task_id.value()); }
  void leave(const core::TaskId& task_id) override { calls.push_back("leave " + task_id.value()); }
  std::vector<std::string> take_calls() { return std::exchange(calls, {}); }
  std::vector<std::string> calls;
};

struct Bench {
  std::unique_ptr<HostLoop> make_loop() {
    auto made = std::make_unique<HostLoop>(core::HostTasks(test::a_host("h1"), "session"), runners, journal, sink, clock, counters);
    made->set_health_watch(watch);
    return made;
  }
  Bench() : loop(make_loop()) { REQUIRE(loop->start().ok()); }
  void restart() {
    loop = make_loop();
    REQUIRE(loop->start().ok());
  }
  void rounds() {
    while (loop->run_round()) {
    }
  }
  Status submit(core::HostEvent event) {
    std::optional<Status> answer;
    loop->submit(std::move(event), [&](Status status) { answer = std::move(status); });
    rounds();
    REQUIRE(answer.has_value());
    return *answer;
  }
  Status launch(const std::string& id) {
    core::Task task = test::a_task(core::TaskStatus::Assigned);
    task.id = core::TaskId(id);
    return submit(core::LaunchRequested{{task}});
  }
  // "<STATUS> <message>" as the host knows it.
  std::string status_of(const std::string& id) {
    return loop->query([&](const core::HostTasks& tasks) {
      const core::HostTask* task = tasks.find(core::TaskId(id));
      return task == nullptr ? "" : std::string(enum_name(task->status)) + " " + task->message;
    });
  }

  test::FakeClock clock;
  Counters counters;
  test::FakeRunnerHost runners;
  MemoryJournal journal;
  RecordingSink sink;
  RecordingWatch watch;
  std::unique_ptr<HostLoop> loop;
};

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("a launch is in the journal before its runner starts, and starts once") {
  Bench bench;
  CHECK(bench.launch("a").ok());
  CHECK(bench.runners.take_calls() == Calls{"start a"});
  CHECK(bench.journal.records.size() == 1);
  CHECK(bench.launch("a").ok());
  CHECK(bench.runners.take_calls().empty());
}

TEST_CASE("the same launch twice in one round starts one runner") {
  Bench bench;
  core::Task task = test::a_task(core::TaskStatus::Assigned);
  bench.loop->submit(core::LaunchRequested{{task, task}});
  bench.loop->submit(core::LaunchRequested{{task}});
  bench.rounds();
  CHECK(bench.runners.calls.size() == 1);
}

TEST_CASE("a full disk refuses a launch and starts it when there is room again") {
  Bench bench;
  bench.journal.is_full = true;
  const Status refused = bench.launch("a");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::ResourceExhausted);
  CHECK(bench.runners.take_calls().empty());
  bench.journal.is_full = false;
  bench.clock.advance(seconds(1));
  bench.rounds();
  CHECK(bench.runners.take_calls() == Calls{"start a"});
}

TEST_CASE("many events of a round are one write") {
  Bench bench;
  bench.rounds();
  const int before = bench.journal.appends;
  for (int i = 0; i < 10; ++i) bench.loop->submit(core::KillRequested{{core::TaskId("t" + std::to_string(i))}});
  CHECK(bench.loop->run_round());
  CHECK(bench.journal.appends == before + 1);
}

TEST_CASE("what the runner host refuses becomes the end of the task") {
  struct Case {
    ErrorCode code;
    std::string status;
  };
  for (const Case& c : {Case{ErrorCode::NotFound, "FAILED"}, Case{ErrorCode::ResourceExhausted, "FAILED"},
                        Case{ErrorCode::InvalidArgument, "FAILED"}, Case{ErrorCode::Internal, "LOST"}}) {
    Bench bench;
    bench.runners.refusals[core::TaskId("a")] = {c.code, "because"};
    CHECK(bench.launch("a").ok());
    CHECK(bench.status_of("a") == c.status + " because");
  }
}

TEST_CASE("a kill that comes while the task waits for its runner") {
  Bench bench;
  std::vector<core::Task> tasks;
  for (int i = 0; i < 40; ++i) {
    tasks.push_back(test::a_task(core::TaskStatus::Assigned));
    tasks.back().id = core::TaskId("t" + std::to_string(i));
  }
  bench.loop->submit(core::LaunchRequested{tasks});
  bench.loop->run_round();
  bench.loop->submit(core::KillRequested{{core::TaskId("t39")}});
  bench.rounds();
  CHECK(bench.status_of("t39") == "KILLED Task killed during initialization.");
  CHECK(bench.status_of("t38") == "STARTING ");
}

TEST_CASE("a restarted executor finds its runners and asks again for kills") {
  Bench bench;
  CHECK(bench.launch("running").ok());
  CHECK(bench.launch("killed").ok());
  CHECK(bench.launch("ended").ok());
  CHECK(bench.launch("vanished").ok());
  CHECK(bench.submit(core::KillRequested{{core::TaskId("killed")}}).ok());
  bench.runners.found[core::TaskId("ended")] = {false, true, {{}, {}, core::RunState::Success}};
  bench.runners.found[core::TaskId("vanished")] = {};
  bench.runners.take_calls();
  bench.restart();
  bench.rounds();
  CHECK(bench.runners.take_calls() == Calls{"kill killed"});
  CHECK(bench.status_of("running") == "RUNNING No health-check defined, task is assumed healthy.");
  CHECK(bench.status_of("ended") == "FINISHED Task finished.");
  CHECK(bench.status_of("vanished") == "LOST Executor was restarted before the task could be started.");
  CHECK(bench.launch("running").ok());
  CHECK(bench.runners.take_calls().empty());
}

TEST_CASE("a task is watched once its runner has started, and asked to end once that is on disk") {
  Bench bench;
  CHECK(bench.launch("a").ok());
  const core::TaskId task("a");
  const core::RunnerTraits traits{.is_checked = true, .hears_shutdown = true};
  CHECK(bench.submit(core::RunnerStarted{task, traits}).ok());
  CHECK(bench.watch.take_calls() == Calls{"watch a"});
  CHECK(bench.submit(core::HealthProven{task}).ok());
  CHECK(bench.status_of("a") == "RUNNING Task is healthy.");
  bench.runners.found[task].traits = traits;
  bench.restart();
  bench.rounds();
  CHECK(bench.watch.take_calls() == Calls{"watch healthy a"});
  CHECK(bench.status_of("a") == "RUNNING Task is healthy.");

  bench.runners.take_calls();
  bench.journal.is_full = true;
  CHECK_FALSE(bench.submit(core::KillRequested{{task}}).ok());
  CHECK(bench.watch.take_calls().empty());
  bench.journal.is_full = false;
  bench.clock.advance(seconds(1));
  bench.rounds();
  CHECK(bench.watch.take_calls() == Calls{"shut down a"});
  CHECK(bench.runners.take_calls().empty());
  CHECK(bench.submit(core::ShutdownDone{task}).ok());
  CHECK(bench.watch.take_calls() == Calls{"leave a"});
  CHECK(bench.runners.take_calls() == Calls{"kill a"});
}

TEST_CASE("what a task was told before it ended is decided before its end, in the same round too") {
  Bench bench;
  CHECK(bench.launch("a").ok());
  const core::TaskId task("a");
  CHECK(bench.submit(core::RunnerStarted{task, {.is_checked = false, .hears_shutdown = true}}).ok());
  CHECK(bench.submit(core::KillRequested{{task}}).ok());
  bench.runners.on_wait = [&] { bench.loop->submit(core::ShutdownBegun{task}); };
  bench.runners.events = {core::RunnerExited{task, {0, {}, core::RunState::Success}}};
  bench.rounds();
  CHECK(bench.status_of("a") == "KILLED Instructed to kill task.");
}

TEST_CASE("whatever byte of the journal is damaged, no task is forgotten or started again") {
  Bench bench;
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  for (int i = 0; i < 10; ++i) CHECK(bench.launch("t" + std::to_string(i)).ok());
  CHECK(bench.submit(core::KillRequested{{core::TaskId("t3")}}).ok());
  REQUIRE(open_host_journal(path, Instant{}).value()->append(bench.journal.records).ok());
  const std::string whole = *os::read_file(path);
  bench.runners.take_calls();
  for (size_t at = 0; at < whole.size(); at += 7) {
    std::string bytes = whole;
    bytes[at] ^= 0x40;
    REQUIRE(os::write_file(path, bytes).ok());
    bench.journal.records = *open_host_journal(path, Instant{1}).value()->load();
    bench.restart();
    bench.rounds();
    for (int i = 0; i < 10; ++i) {
      CHECK(bench.status_of("t" + std::to_string(i)).starts_with("RUNNING"));
      CHECK(bench.launch("t" + std::to_string(i)).ok());
    }
    for (const std::string& call : bench.runners.take_calls()) CHECK(call == "kill t3");
  }
}

TEST_CASE("without a journal every folder of a task is taken back: what runs goes on, what ended is reported") {
  Bench bench;
  CHECK(bench.launch("running").ok());
  CHECK(bench.launch("ended").ok());
  bench.runners.found[core::TaskId("ended")] = {false, true, {{}, {}, core::RunState::Success}};
  bench.runners.take_calls();
  bench.journal.records.clear();
  bench.restart();
  bench.sink.reports.clear();
  bench.rounds();
  CHECK(bench.runners.take_calls().empty());
  CHECK(bench.status_of("running").starts_with("RUNNING"));
  CHECK(bench.status_of("ended") == "FINISHED Task finished.");
  REQUIRE(bench.sink.reports.size() == 1);
  CHECK(bench.sink.reports[0].tasks.size() == 2);
  const auto* accepted = std::get_if<core::TaskAccepted>(&bench.journal.records.at(0));
  REQUIRE(accepted != nullptr);
  CHECK(accepted->summary.job.name == "web");
}

TEST_CASE("a runner that lives although its task was reported as ended is ended") {
  Bench bench;
  CHECK(bench.launch("twin").ok());
  bench.journal.records.push_back(core::TaskEnded{core::TaskId("twin"), Instant{1}, core::TaskStatus::Lost, "gone"});
  bench.runners.take_calls();
  bench.restart();
  bench.rounds();
  CHECK(bench.runners.take_calls() == Calls{"kill twin"});
  CHECK(bench.status_of("twin") == "LOST gone");
  for (int second = 0; second < 131; ++second) {
    bench.clock.advance(seconds(1));
    bench.rounds();
  }
  CHECK(bench.runners.take_calls() == Calls{"destroy twin"});
  bench.runners.events = {core::RunnerExited{core::TaskId("twin"), {}}};
  bench.rounds();
  bench.clock.advance(seconds(140));
  bench.rounds();
  CHECK(bench.runners.take_calls().empty());
}

TEST_CASE("the journal shrinks to what still matters while the executor runs") {
  Bench bench;
  CHECK(bench.launch("kept").ok());
  CHECK(bench.launch("gone").ok());
  bench.runners.events = {core::RunnerExited{core::TaskId("gone"), {0, {}, core::RunState::Success}}};
  bench.rounds();
  const auto acknowledge_all = [&] {
    for (int64_t sequence = 1; sequence < 10; ++sequence)
      bench.loop->submit(core::ReportAnswered{sequence, core::ReportTasks::Answer{true, false}});
    bench.rounds();
  };
  acknowledge_all();
  acknowledge_all();
  CHECK(bench.submit(core::TasksCollected{{core::TaskId("gone"), core::TaskId("kept")}, {}}).ok());
  const auto collected = [&](const char* id) {
    return bench.loop->query([&](const core::HostTasks& tasks) {
      const core::HostTask* task = tasks.find(core::TaskId(id));
      return task != nullptr && task->collected_at.has_value();
    });
  };
  CHECK(collected("gone"));
  CHECK_FALSE(collected("kept"));  // it runs
  bench.journal.compact_above = 0;
  CHECK(bench.submit(core::TasksCollected{{}, {core::TaskId("gone"), core::TaskId("kept")}}).ok());
  CHECK(bench.journal.records.size() == 1);
  bench.runners.folder_of.erase(core::TaskId("gone"));
  bench.restart();
  CHECK(bench.status_of("gone").empty());
  CHECK(bench.status_of("kept").starts_with("RUNNING"));
}

TEST_CASE("an executor that is stopped says so last") {
  Bench bench;
  bench.rounds();
  bench.sink.reports.clear();
  bench.loop->leave();
  REQUIRE(bench.sink.reports.size() == 1);
  CHECK(bench.sink.reports[0].leaving);
  CHECK(bench.sink.reports[0].sequence == 2);
}

TEST_CASE("a report is posted only after its records are on disk") {
  Bench bench;
  bench.rounds();
  bench.loop->submit(core::ReportAnswered{1, core::ReportTasks::Answer{true, false}});
  bench.rounds();
  bench.sink.reports.clear();
  bench.journal.is_full = true;
  CHECK_FALSE(bench.launch("a").ok());
  CHECK(bench.sink.reports.empty());
  bench.journal.is_full = false;
  bench.clock.advance(seconds(1));
  bench.rounds();
  REQUIRE(bench.sink.reports.size() == 1);
  CHECK(bench.sink.reports[0].tasks.at(0).status == core::TaskStatus::Starting);
}

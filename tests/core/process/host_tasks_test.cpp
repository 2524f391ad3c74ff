#include "aurora/core/process/host_tasks.h"

#include <catch2/catch.hpp>

#include "core/process/host_table.h"

using namespace aurora;
using namespace aurora::core;
using test::Table;
using test::task_of;

TEST_CASE("the life of a task on its host") {
  Table t;
  CHECK(t.tick() == "REPORT-ALL[host ] ");
  CHECK(t.answer() == "");
  CHECK(t.launch() == "accepted START ");
  CHECK(t.tick() == "REPORT[STARTING: ] ");
  CHECK(t.answer() == "");
  CHECK(t.tick() == "");
  CHECK(t.feed(RunnerStarted{TaskId("t")}) == "");
  CHECK(t.tick() == "REPORT[RUNNING:No health-check defined, task is assumed healthy. ] ");
  CHECK(t.answer() == "");
  CHECK(t.tick(seconds(5)) == "REPORT-ALL[RUNNING:No health-check defined, task is assumed healthy. ] ");
  t.answer();
  CHECK(t.feed(RunnerExited{TaskId("t"), {0, std::nullopt, RunState::Failed}}) == "ended:FAILED ");
  CHECK(t.tick() == "REPORT[FAILED:Task failed. ] ");
  CHECK(t.answer() == "acknowledged ");
  CHECK(t.tick(seconds(5)) == "REPORT-ALL[] ");
}

TEST_CASE("a task id is never started twice") {
  Table t;
  CHECK(t.launch() == "accepted START ");
  CHECK(t.launch() == "");
  t.feed(RunnerExited{TaskId("t"), {0, std::nullopt, RunState::Success}});
  CHECK(t.launch() == "");
  HostTasks after_restart = Table::make();
  for (const HostRecord& record : t.journal) after_restart.apply(record);
  CHECK(after_restart.decide(LaunchRequested{{task_of("t")}}, t.now).effects.empty());
}

TEST_CASE("a kill that overtakes the launch wins") {
  Table t;
  CHECK(t.kill() == "ended:KILLED ");
  CHECK(t.launch() == "");
  CHECK(t.tick() == "REPORT-ALL[host KILLED:Instructed to kill task. ] ");
}

TEST_CASE("a kill that is repeated reaches its runner once and moves no deadline") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  CHECK(t.kill() == "kill SIGNAL ");
  for (int second = 0; second < 129; ++second) {
    CHECK(t.kill() == "");
    CHECK(t.watch(seconds(1)).find("DESTROY") == std::string::npos);
  }
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("time in which the executor did not look takes none from a runner that was asked to end") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  t.kill();
  CHECK(t.watch(seconds(10)).find("DESTROY") == std::string::npos);
  CHECK(t.tasks.next_timer() <= t.now + seconds(1));
  CHECK(t.tick(minutes(30)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(117)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("a runner that was killed by an executor before has its time from when this one asked") {
  Table before;
  before.launch();
  before.kill();
  Table t;
  t.now = before.now + hours(1);
  for (const HostRecord& record : before.journal) t.tasks.apply(record);
  CHECK(t.adopt({true, true, {}}) == "SIGNAL ");
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("a runner that is born late has its time from its birth") {
  Table t;
  t.launch();
  t.kill();
  t.watch(seconds(60));
  t.feed(RunnerStarted{TaskId("t")});
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("a kill is in the end done by force") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  CHECK(t.kill() == "kill SIGNAL ");
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
  CHECK(t.feed(RunnerExited{TaskId("t"), {std::nullopt, 9, RunState::Cleaning}}) == "ended:KILLED ");
  CHECK(t.tasks.find(TaskId("t"))->message == "Instructed to kill task.");
}

TEST_CASE("an end by the executor itself is carried out as a kill and keeps its reason") {
  const RunnerOutcome unhealthy = failed_health_check("http", "no answer");
  Table t;
  CHECK(t.end_early(unhealthy) == "");  // unknown
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  CHECK(t.end_early(unhealthy) == "end SIGNAL ");
  CHECK(t.end_early(disk_limit_exceeded(1, 2)) == "");
  CHECK(t.kill() == "");  // it ends already
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);

  Table after_restart;
  after_restart.now = t.now;
  for (const HostRecord& record : t.tasks.snapshot()) after_restart.tasks.apply(record);
  CHECK(after_restart.adopt({true, true, {}}) == "SIGNAL ");
  for (Table* table : {&t, &after_restart}) {
    CHECK(table->feed(RunnerExited{TaskId("t"), {{}, 9, RunState::Cleaning}}) == "ended:FAILED ");
    CHECK(table->tasks.find(TaskId("t"))->message == "Failed health check! no answer");
    CHECK(table->tasks.find(TaskId("t"))->reason->cause == EndCause::HealthCheck);
    CHECK(table->end_early(unhealthy) == "");
  }
}

TEST_CASE("of a kill and an end by the executor itself the first one counts") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  t.kill();
  CHECK(t.end_early(failed_health_check("http", "no answer")) == "");
  t.feed(RunnerExited{TaskId("t"), {0, {}, RunState::Killed}});
  CHECK(t.tasks.find(TaskId("t"))->message == "Instructed to kill task.");
}

TEST_CASE("a task that had ended by itself before the executor ended it says how") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{TaskId("t")});
  t.end_early(failed_health_check("http", "no answer"));
  CHECK(t.feed(RunnerExited{TaskId("t"), {0, {}, RunState::Success}}) == "ended:FINISHED ");
  CHECK(t.tasks.find(TaskId("t"))->message == "Task finished.");
}

TEST_CASE("a task that could not start is what the executor had said of it, if it had") {
  Table t;
  t.launch();
  t.end_early(disk_limit_exceeded(1, 2));
  CHECK(t.feed(StartFailed{TaskId("t"), TaskStatus::Lost, "no nursery", {}}) == "ended:FAILED ");
  CHECK(t.tasks.find(TaskId("t"))->message == "Disk limit exceeded.  Reserved 1 bytes vs used 2 bytes.");
}

TEST_CASE("a kill of an ended task tells the scheduler again") {
  Table t;
  t.launch();
  t.feed(RunnerExited{TaskId("t"), {0, std::nullopt, RunState::Success}});
  t.tick();
  CHECK(t.answer() == "acknowledged ");
  CHECK(t.kill() == "");
  CHECK(t.tick() == "REPORT[FINISHED:Task finished. ] ");
}

TEST_CASE("a report is sent again until it is acknowledged") {
  Table t;
  t.tick();
  t.answer();
  t.launch();
  CHECK(t.tick() == "REPORT[STARTING: ] ");
  CHECK(t.tick(seconds(1)) == "");  // one at a time
  CHECK(t.feed(ReportAnswered{t.last_sequence, std::nullopt}) == "");
  CHECK(t.tick() == "");
  CHECK(t.tick(milliseconds(200)) == "REPORT[STARTING: ] ");
  CHECK(t.tick(seconds(20)) == "REPORT-ALL[STARTING: ] ");                   // never answered
  CHECK(t.feed(ReportAnswered{1, ReportTasks::Answer{true, false}}) == "");  // late: of another message
}

TEST_CASE("a scheduler that does not know the session gets a registration") {
  Table t;
  t.tick();
  t.answer();
  t.tick(seconds(5));
  t.feed(ReportAnswered{t.last_sequence, ReportTasks::Answer{false, true}});
  CHECK(t.tick(seconds(1)) == "REPORT-ALL[host ] ");
}

TEST_CASE("a status that changes while its report travels is reported again") {
  Table t;
  t.tick();
  t.answer();
  t.launch();
  t.tick();
  t.feed(RunnerStarted{TaskId("t")});
  CHECK(t.answer() == "");
  CHECK(t.tick() == "REPORT[RUNNING:No health-check defined, task is assumed healthy. ] ");
}

TEST_CASE("what a restarted executor makes of the tasks it finds") {
  struct Case {
    HostTasks::FoundRunner found;
    bool was_killed;
    std::string decided;
    std::string message;
  };
  using Found = HostTasks::FoundRunner;
  const auto dead = [](std::optional<RunState> state) { return Found{false, false, {{}, {}, state}}; };
  Found failed;
  failed.failed = StartFailed{TaskId("t"), TaskStatus::Failed, "crun create failed"};
  Found unprepared;
  unprepared.unprepared = task_of("t");
  const Case cases[] = {
      {{true, true, {}}, false, "", "No health-check defined, task is assumed healthy."},
      {{true, false, {}}, false, "", ""},
      {{true, true, {}}, true, "SIGNAL ", "No health-check defined, task is assumed healthy."},
      {dead(RunState::Success), false, "ended:FINISHED ", "Task finished."},
      {dead(RunState::Active), false, "ended:LOST ", "Runner died while task was active."},
      {dead(RunState::Active), true, "ended:KILLED ", "Instructed to kill task."},
      {dead(std::nullopt), false, "ended:LOST ", "Executor was restarted before the task could be started."},
      {dead(std::nullopt), true, "ended:KILLED ", "Instructed to kill task."},
      {failed, false, "ended:FAILED ", "crun create failed"},
      {failed, true, "ended:KILLED ", "Instructed to kill task."},
      {unprepared, false, "START ", ""},
      {unprepared, true, "ended:KILLED ", "Instructed to kill task."},
  };
  for (const Case& c : cases) {
    Table t;
    t.launch();
    if (c.was_killed) t.kill();
    CHECK(t.adopt(c.found) == c.decided);
    CHECK(t.tasks.find(TaskId("t"))->message == c.message);
  }
}

TEST_CASE("a port that somebody else has is not offered for a while") {
  Host host;
  host.id = HostId("h1");
  host.port_ranges = {{31000, 31002}, {31005, 31005}};
  HostTasks tasks(host, "session");
  Instant now{1'000'000};
  // The ranges of the next report, if it registers; the report is accepted.
  const auto offered = [&] {
    std::string text;
    for (const HostEffect& effect : tasks.decide(TimerFired{}, now).effects) {
      const auto* send = std::get_if<SendReport>(&effect);
      if (send == nullptr) continue;
      if (send->report.host) {
        for (const PortRange& range : send->report.host->port_ranges)
          text += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
      }
      tasks.decide(ReportAnswered{send->report.sequence, ReportTasks::Answer{true, false}}, now);
    }
    return text;
  };
  CHECK(offered() == "31000-31002 31005-31005 ");
  tasks.decide(PortTaken{31001}, now);
  CHECK(offered() == "31000-31000 31002-31002 31005-31005 ");
  tasks.decide(PortTaken{31005}, now);
  CHECK(offered() == "31000-31000 31002-31002 ");
  CHECK(offered().empty());
  CHECK(tasks.next_timer() <= now + minutes(10));
  now = now + minutes(10);
  CHECK(offered() == "31000-31002 31005-31005 ");

  const auto on_its_way = tasks.decide(TimerFired{}, now = now + seconds(5)).effects;
  REQUIRE(on_its_way.size() == 1);
  tasks.decide(PortTaken{31001}, now);
  const int64_t sequence = std::get<SendReport>(on_its_way[0]).report.sequence;
  tasks.decide(ReportAnswered{sequence, ReportTasks::Answer{true, false}}, now);
  CHECK(offered() == "31000-31000 31002-31002 31005-31005 ");  // that report did not tell
}

TEST_CASE("only what ended and is known to have ended may be collected or forgotten") {
  Table table;
  table.launch();
  CHECK(table.feed(TasksCollected{{TaskId("t")}, {TaskId("t")}}).empty());
  table.feed(RunnerExited{TaskId("t"), {0, {}, RunState::Success}});
  CHECK(table.tasks.list_ended().empty());
  CHECK(table.feed(TasksCollected{{TaskId("t")}, {TaskId("t"), TaskId("unknown")}}).empty());
  table.tasks.apply(EndAcknowledged{TaskId("t")});
  REQUIRE(table.tasks.list_ended().size() == 1);
  CHECK(table.tasks.list_ended()[0].has_files);
  CHECK(table.feed(TasksCollected{{TaskId("t")}, {}}) == "collected ");
  CHECK_FALSE(table.tasks.list_ended()[0].has_files);
  CHECK(table.feed(TasksCollected{{}, {TaskId("t")}}) == "forgotten ");
  CHECK(table.tasks.find(TaskId("t")) == nullptr);
}

TEST_CASE("a snapshot makes the same table") {
  Table table;
  table.launch();
  table.feed(LaunchRequested{{task_of("active")}});
  table.kill();
  table.feed(RunnerExited{TaskId("t"), {{}, 9, RunState::Killed}});
  table.feed(KillRequested{{TaskId("tombstone")}});
  table.feed(EndRequested{TaskId("active"), disk_limit_exceeded(1, 2)});
  table.tasks.apply(EndAcknowledged{TaskId("t")});
  table.tasks.apply(TaskCollected{TaskId("t"), Instant{5}});
  HostTasks again = Table::make();
  for (const HostRecord& record : table.tasks.snapshot()) again.apply(record);
  REQUIRE(again.tasks().size() == 3);
  for (const auto& [task_id, task] : table.tasks.tasks()) {
    const HostTask& copy = *again.find(task_id);
    CHECK(copy.status == task.status);
    CHECK(copy.message == task.message);
    CHECK(copy.accepted_at == task.accepted_at);
    CHECK(copy.status_at == task.status_at);
    CHECK(copy.kill_accepted_at == task.kill_accepted_at);
    CHECK(copy.collected_at == task.collected_at);
    CHECK(copy.asked_outcome() == task.asked_outcome());
    CHECK(copy.summary == task.summary);
  }
  CHECK(again.list_ended().size() == 1);
  CHECK(again.list_active() == table.tasks.list_active());
}

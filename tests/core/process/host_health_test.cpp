// Tasks that run only once they are healthy, and that are asked to end before they are made to.
#include <catch2/catch.hpp>

#include "core/process/host_table.h"

using namespace aurora;
using namespace aurora::core;
using test::Table;

namespace {

const TaskId kTask("t");
constexpr RunnerTraits kChecked{.is_checked = true};
constexpr RunnerTraits kPolite{.is_checked = true, .hears_shutdown = true};

std::string status_of(const Table& t) {
  const HostTask* task = t.tasks.find(kTask);
  return std::string(enum_name(task->status)) + " " + task->message;
}

HostTasks::FoundRunner alive(RunnerTraits traits) {
  return {.alive = true, .started = true, .end = {}, .traits = traits};
}

// What a restarted executor has of it.
Table restarted(const Table& before) {
  Table t;
  t.now = before.now;
  for (const HostRecord& record : before.tasks.snapshot()) t.tasks.apply(record);
  return t;
}

}  // namespace

TEST_CASE("a task that is checked runs once it is healthy") {
  Table t;
  t.launch();
  CHECK(t.feed(RunnerStarted{kTask, kChecked}) == "CHECK ");
  CHECK(t.feed(RunnerStarted{kTask, kChecked}) == "");  // told again
  CHECK(status_of(t) == "STARTING ");
  CHECK(t.feed(HealthProven{kTask}) == "healthy ");
  CHECK(status_of(t) == "RUNNING Task is healthy.");
  CHECK(t.feed(HealthProven{kTask}) == "");
  CHECK(t.feed(RunnerExited{kTask, {0, {}, RunState::Success}}) == "ended:FINISHED LEAVE ");
  CHECK(t.feed(HealthProven{kTask}) == "");
}

TEST_CASE("one that a version without checks launched runs on, and is checked") {
  Table t;
  t.launch();
  CHECK(t.adopt(alive({.is_checked = true, .was_unchecked = true})) == "CHECK ");
  CHECK(status_of(t) == "RUNNING No health-check defined, task is assumed healthy.");
  CHECK(t.end_early(failed_health_check("http", "ill")) == "end LEAVE SIGNAL ");
}

TEST_CASE("after a restart one that was healthy runs on and is checked on, one that was not starts again") {
  Table starting;
  starting.launch();
  starting.feed(RunnerStarted{kTask, kChecked});
  Table t = restarted(starting);
  CHECK(t.adopt(alive(kChecked)) == "CHECK ");
  CHECK(status_of(t) == "STARTING ");
  const HostDecision again = restarted(starting).tasks.adopt(kTask, alive(kChecked), t.now);
  CHECK_FALSE(std::get<CheckHealth>(again.effects.at(0)).is_healthy);

  t.feed(HealthProven{kTask});
  Table healthy = restarted(t);
  CHECK(status_of(healthy) == "RUNNING Task is healthy.");
  const HostDecision on = healthy.tasks.adopt(kTask, alive(kChecked), t.now);
  CHECK(std::get<CheckHealth>(on.effects.at(0)).is_healthy);
  CHECK(status_of(healthy) == "RUNNING Task is healthy.");
  CHECK(healthy.feed(RunnerStarted{kTask, kChecked}) == "");
}

TEST_CASE("a folder whose task the journal knows as healthy only is that task again") {
  Table t;
  t.tasks.apply(TaskHealthy{kTask, Instant{5}});
  REQUIRE(t.tasks.needs_recovery(kTask));
  HostTaskSummary summary{{"www", "prod", "web"}, 0, 1, 1, 1, {}};
  for (const HostRecord& record : t.tasks.recover({kTask, Instant{1}, summary}).records)
    t.tasks.apply(record);
  CHECK(status_of(t) == "RUNNING Task is healthy.");
}

TEST_CASE("an unhealthy task ends as failed, whether or not it ran") {
  for (const bool ran : {false, true}) {
    Table t;
    t.launch();
    t.feed(RunnerStarted{kTask, kChecked});
    if (ran) t.feed(HealthProven{kTask});
    CHECK(t.end_early(failed_health_check("http", "no answer")) == "end LEAVE SIGNAL ");
    CHECK(t.feed(HealthProven{kTask}) == "");
    CHECK(t.feed(RunnerExited{kTask, {0, {}, RunState::Killed}}) == "ended:FAILED LEAVE ");
    CHECK(status_of(t) == "FAILED Failed health check! no answer");
  }
}

TEST_CASE("a task with a lifecycle port is asked first, and signalled when that is done") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{kTask, kPolite});
  CHECK(t.kill() == "kill SHUTDOWN ");
  CHECK(t.kill() == "");
  CHECK(t.feed(RunnerStarted{kTask, kPolite}) == "");
  CHECK(t.feed(ShutdownBegun{kTask}) == "");
  CHECK(t.feed(ShutdownDone{kTask}) == "LEAVE SIGNAL ");
  CHECK(t.feed(ShutdownDone{kTask}) == "");
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("nobody is asked who has no port for it, or has not begun") {
  Table t;
  t.launch();
  CHECK(t.kill() == "kill SIGNAL ");
  CHECK(t.feed(RunnerStarted{kTask, kPolite}) == "");  // its runner was told at its birth
  CHECK(t.feed(ShutdownDone{kTask}) == "");

  Table plain;
  plain.launch();
  plain.feed(RunnerStarted{kTask});
  CHECK(plain.kill() == "kill SIGNAL ");
}

TEST_CASE("a shutdown that takes longer than it may is cut off") {
  Table t;
  t.launch();
  t.feed(RunnerStarted{kTask, kPolite});
  t.kill();
  CHECK(t.watch(seconds(119)).find("SIGNAL") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("LEAVE SIGNAL") != std::string::npos);
  CHECK(t.watch(seconds(129)).find("DESTROY") == std::string::npos);
  CHECK(t.watch(seconds(1)).find("DESTROY") != std::string::npos);
}

TEST_CASE("a task that ends because it was asked to has not ended by itself") {
  for (const RunState state : {RunState::Success, RunState::Failed}) {
    Table t;
    t.launch();
    t.feed(RunnerStarted{kTask, kPolite});
    t.kill();
    t.feed(ShutdownBegun{kTask});
    CHECK(t.feed(RunnerExited{kTask, {0, {}, state}}) == "ended:KILLED LEAVE ");
    CHECK(t.watch(seconds(300)).find("SIGNAL") == std::string::npos);
  }
  Table before;  // nobody was there to hear it
  before.launch();
  before.feed(RunnerStarted{kTask, kPolite});
  before.kill();
  CHECK(before.feed(RunnerExited{kTask, {0, {}, RunState::Success}}) == "ended:FINISHED LEAVE ");
  Table running;  // and one that was never asked to end begins no shutdown
  running.launch();
  running.feed(RunnerStarted{kTask, kPolite});
  running.feed(ShutdownBegun{kTask});
  CHECK(running.feed(RunnerExited{kTask, {0, {}, RunState::Success}}) == "ended:FINISHED LEAVE ");
}

TEST_CASE("a shutdown goes on after a restart of the executor") {
  Table before;
  before.launch();
  before.feed(RunnerStarted{kTask, kPolite});
  before.kill();
  before.feed(ShutdownBegun{kTask});
  Table t = restarted(before);
  CHECK(t.adopt(alive(kPolite)) == "SHUTDOWN ");
  CHECK(t.watch(seconds(119)).find("SIGNAL") == std::string::npos);
  CHECK(t.feed(ShutdownDone{kTask}) == "LEAVE SIGNAL ");
  CHECK(t.feed(RunnerExited{kTask, {0, {}, RunState::Success}}) == "ended:KILLED LEAVE ");

  HostTasks::FoundRunner dead{
      .alive = false, .started = true, .end = {0, {}, RunState::Success}, .traits = kPolite};
  CHECK(restarted(before).adopt(dead) == "ended:KILLED ");
  dead.traits = {};
  CHECK(restarted(before).adopt(dead) == "ended:FINISHED ");
}

// What timers ask for: changes under a condition, kills that are sent again.
#include <catch2/catch.hpp>

#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;

TEST_CASE("a conditional change happens only to the task as it was") {
  Decider decider;
  const Task task = decider.add(test::a_task(TaskStatus::Assigned));
  const Instant since = task.events.back().timestamp;
  using enum TaskStatus;
  CHECK(decider.run(ChangeTask{task.id, Starting, since, Lost, "late"})->changes.empty());
  CHECK(decider.run(ChangeTask{task.id, Assigned, since + seconds(1), Lost, "late"})->changes.empty());
  CHECK(decider.run(ChangeTask{TaskId("other"), Assigned, since, Lost, "late"})->changes.empty());
  CHECK(decider.run(ChangeTask{task.id, Assigned, since, Lost, "Task timed out"})->changes.size() == 2);
  const Task* lost = decider.cluster.find_task(task.id);
  CHECK(lost->status == Lost);
  CHECK(lost->events.back().message == "Task timed out");
}

TEST_CASE("without a condition a change is any legal move") {
  Decider decider;
  const Task task = decider.add(test::a_task(TaskStatus::Running));
  CHECK(decider.run(ChangeTask{task.id, {}, {}, TaskStatus::Pending, {}})->changes.empty());
  CHECK(decider.run(ChangeTask{task.id, {}, {}, TaskStatus::Killing, "Transition forced by ann"})
            ->changes.size() == 1);
}

TEST_CASE("a kill is sent again only while the task is being killed since then") {
  Decider decider;
  const Task task = decider.add(test::a_task(TaskStatus::Killing));
  const Instant since = task.events.back().timestamp;
  CHECK(decider.run(RetryKill{task.id, since})->effects.size() == 1);
  CHECK(decider.run(RetryKill{task.id, since - seconds(1)})->effects.empty());
  CHECK(decider.run(RetryKill{TaskId("gone"), since})->effects.empty());
  const Task running = decider.add(test::a_task({.status = TaskStatus::Running, .instance = 1}));
  CHECK(decider.run(RetryKill{running.id, running.events.back().timestamp})->effects.empty());
}

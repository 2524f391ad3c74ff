#include "core/lifecycle/reschedule_delay.h"

#include <catch2/catch.hpp>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;

namespace {

Task ran_for(Duration time, TaskStatus end, std::optional<TaskStatus> before_end = std::nullopt) {
  Task task = test::a_task(TaskStatus::Running);
  const Instant started = task.events.back().timestamp;
  if (before_end) task.events.push_back({started + time, *before_end, {}, {}});
  task.events.push_back({started + time + (before_end ? seconds(1) : Duration{}), end, {}, {}});
  task.status = end;
  return task;
}

// Runs the only instance and lets it fail at once, `count` times; returns the last replacement.
Task crash(Decider& decider, int count) {
  Task task = decider.add(test::a_task({.status = TaskStatus::Running, .config = test::a_service()}));
  for (int i = 0; i < count; ++i) {
    Decision decision;
    transition(decider.cluster, task, {TaskStatus::Failed, std::nullopt}, decider.context(), decision);
    decider.keep(decision);
    Task next = std::get<TaskSaved>(decision.changes.at(1)).task;
    if (i + 1 == count) return next;
    next.host = HostId("h1");
    next.status = TaskStatus::Running;
    next.events.push_back({decider.clock.now(), TaskStatus::Running, {}, {}});
    task = decider.add(next);
  }
  return task;
}

}  // namespace

TEST_CASE("a task flaps when it ends soon after its last active state, unasked") {
  const Duration threshold = minutes(5);
  using enum TaskStatus;
  CHECK(has_flapped(ran_for(seconds(3), Failed), threshold));
  CHECK(has_flapped(ran_for(minutes(5) - milliseconds(1), Finished), threshold));
  CHECK_FALSE(has_flapped(ran_for(minutes(5), Failed), threshold));
  CHECK_FALSE(has_flapped(ran_for(seconds(3), Killed, Killing), threshold));
  CHECK_FALSE(has_flapped(ran_for(seconds(3), Killed, Restarting), threshold));
  CHECK_FALSE(has_flapped(ran_for(seconds(3), Killed, Draining), threshold));
  // Aurora leaves preemption out of the list, and what counts is the time since PREEMPTING.
  CHECK(has_flapped(ran_for(hours(1), Killed, Preempting), threshold));
  CHECK_FALSE(has_flapped(Task{}, threshold));
}

TEST_CASE("a backoff at most doubles and stays below its maximum") {
  Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const Duration first = backoff({}, seconds(30), minutes(5), rng);
    CHECK(first >= seconds(30));
    CHECK(first <= seconds(60));
    CHECK(backoff(seconds(100), seconds(30), minutes(5), rng) >= seconds(100));
    CHECK(backoff(minutes(4), seconds(30), minutes(5), rng) <= minutes(5));
  }
}

TEST_CASE("the first quick failure is rescheduled at once, the second is throttled") {
  Decider decider;
  const Task second = crash(decider, 1);
  CHECK(second.status == TaskStatus::Pending);
  CHECK(second.events.back().message == "Rescheduled");

  Decider again;
  const Task third = crash(again, 2);
  CHECK(third.status == TaskStatus::Throttled);
  const std::string message = third.events.back().message.value_or("");
  CHECK(message.starts_with("Rescheduled, penalized for "));
  CHECK(message.ends_with(" ms for flapping"));
  const int64_t ms = std::stoll(message.substr(std::string("Rescheduled, penalized for ").size()));
  CHECK(ms >= 30'000);
  CHECK(ms <= 60'000);
}

TEST_CASE("the wait itself counts the task that just ended, and ends at the maximum") {
  Decider decider;
  const Task third = crash(decider, 2);
  for (int i = 0; i < 50; ++i) {
    const Duration wait = flapping_penalty(decider.cluster, third, decider.context());
    CHECK(wait >= seconds(30));  // two ancestors have flapped
    CHECK(wait <= seconds(120));
  }
  Decider long_time;
  const Task later = crash(long_time, 60);
  CHECK(flapping_penalty(long_time.cluster, later, long_time.context()) == minutes(5));
}

TEST_CASE("history that was pruned cannot be held against a task") {
  Decider decider;
  Task task = test::a_task(TaskStatus::Pending);
  task.ancestor_id = TaskId("gone");
  CHECK(flapping_penalty(decider.cluster, task, decider.context()) == Duration{});
}

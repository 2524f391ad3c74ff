#include "aurora/core/summary/task_figures.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

Task task_with(const std::vector<std::pair<TaskStatus, int64_t>>& events) {
  Task task = test::a_task(TaskStatus::Pending);
  task.events.clear();
  for (const auto& [status, at] : events)
    task.events.push_back({Instant{at}, status, "since " + std::to_string(at), {}});
  if (!events.empty()) task.status = events.back().first;
  return task;
}

TEST_CASE("a task ran from its first RUNNING to what followed, or runs until now") {
  using enum TaskStatus;
  const std::pair<Task, int64_t> cases[] = {
      {task_with({}), 0},
      {task_with({{Pending, 10}}), 0},
      {task_with({{Pending, 10}, {Assigned, 20}, {Lost, 90}}), 0},
      {task_with({{Pending, 10}, {Running, 30}}), 70},
      {task_with({{Pending, 10}, {Running, 30}, {Finished, 50}}), 20},
      {task_with({{Pending, 10}, {Running, 30}, {Killing, 40}, {Killed, 95}}), 10},
      {task_with({{Running, 30}, {Partitioned, 40}, {Running, 60}}), 10},
  };
  for (const auto& [task, ms] : cases) CHECK(running_duration(task, Instant{100}).ms == ms);
}

TEST_CASE("a status has a reason: the veto of a pending task, else what the last event said") {
  Cluster cluster;
  const Task pending = task_with({{TaskStatus::Pending, 10}});
  const Task running = task_with({{TaskStatus::Pending, 10}, {TaskStatus::Running, 20}});
  cluster.apply(TaskSaved{pending});
  CHECK(status_reason(cluster, pending) == "Waiting for the first placement round");
  cluster.apply(PendingReasonFound{pending.config.hash(), {.reason = "Insufficient: CPU", .since = {}}});
  CHECK(status_reason(cluster, pending) == "Insufficient: CPU");
  CHECK(status_reason(cluster, running) == "since 20");
}

TEST_CASE("a throttled task says when it starts again, and after how many quick ends") {
  const Instant now{1'000'000};
  CHECK(throttle_sentence(now + seconds(41), 5, now) == "starts again in 0:41 (5th failure in a row)");
  CHECK(throttle_sentence(now + milliseconds(40'001), 1, now) ==
        "starts again in 0:41 (1st failure in a row)");
  CHECK(throttle_sentence(now + minutes(5), 12, now) == "starts again in 5:00 (12th failure in a row)");
  CHECK(throttle_sentence(now + seconds(9), 22, now) == "starts again in 0:09 (22nd failure in a row)");
  CHECK(throttle_sentence(now - seconds(1), 3, now) == "starts again in 0:00 (3rd failure in a row)");
  CHECK(throttle_sentence(now, 0, now) == "starts again in 0:00");
}

TEST_CASE("failures in a row are counted back to a run that lasted, and no further than a hundred") {
  Cluster cluster;
  const TaskTiming timing;
  const auto run = [&](int number, Duration length) {
    Task task = test::a_task({.status = TaskStatus::Failed, .suffix = std::to_string(number)});
    if (number > 0) task.ancestor_id = make_task_id(task.instance(), std::to_string(number - 1));
    task.events.back().timestamp = task.events.front().timestamp + length;
    cluster.apply(TaskSaved{task});
  };
  const auto count_at = [&](int number) {
    Task task = test::a_task({.status = TaskStatus::Throttled, .suffix = std::to_string(number)});
    task.ancestor_id = make_task_id(task.instance(), std::to_string(number - 1));
    return failures_in_row(cluster, task, timing);
  };
  run(0, seconds(1));
  run(1, hours(1));
  for (int i = 2; i < 7; ++i) run(i, seconds(1));
  CHECK(count_at(7) == 5);
  for (int i = 7; i < 200; ++i) run(i, seconds(1));
  CHECK(count_at(200) == 100);
}

}  // namespace
}  // namespace aurora::core

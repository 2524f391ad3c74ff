#include "aurora/core/task/task_figures.h"

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
  CHECK(status_reason(cluster, pending) == "since 10");
  cluster.apply(PendingReasonFound{pending.config.hash(), "Insufficient: CPU", 1, Instant{11}});
  CHECK(status_reason(cluster, pending) == "Insufficient: CPU");
  CHECK(status_reason(cluster, running) == "since 20");
}

}  // namespace
}  // namespace aurora::core

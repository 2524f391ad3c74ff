// What a move changes of a task, and that it changes it once.
#include <catch2/catch.hpp>

#include "aurora/core/cluster/task_after.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;

namespace {

TaskMove move_to(TaskStatus status) { return {{Instant{9}, status, "why", "scheduler"}, {}, {}, {}, {}}; }

TaskMoved change_of(const Task& task, TaskMove move) {
  return {task.id, static_cast<int32_t>(task.events.size()), std::move(move)};
}

}  // namespace

TEST_CASE("a move adds its event and leaves what it does not name") {
  Task task = test::a_task(TaskStatus::Running);
  task.failure_count = 3;
  task.times_partitioned = 2;
  task.assigned_ports = {{"http", 31000}};
  Task wanted = task;
  wanted.status = TaskStatus::Finished;
  wanted.events.push_back({Instant{9}, TaskStatus::Finished, "why", "scheduler"});
  apply(move_to(TaskStatus::Finished), task);
  CHECK(task == wanted);
}

TEST_CASE("a move sets what it names") {
  Task task = test::a_task(TaskStatus::Pending);
  TaskMove move = move_to(TaskStatus::Assigned);
  move.assignment = Assignment{HostId("h7"), {{"http", 31007}}};
  move.failure_count = 4;
  move.times_partitioned = 5;
  move.end_reason = killed_by("ann");
  apply(move, task);
  CHECK(task.host == HostId("h7"));
  CHECK(task.assigned_ports.at("http") == 31007);
  CHECK(task.failure_count == 4);
  CHECK(task.times_partitioned == 5);
  CHECK(task.end_reason->actor == "ann");
}

TEST_CASE("whatever moves waits no more, and its reason is the move's") {
  Task task = test::a_task(TaskStatus::Throttled);
  task.starts_again_at = Instant{5};
  task.end_reason = killed_by("ann");
  apply(move_to(TaskStatus::Pending), task);
  CHECK(!task.starts_again_at);
  CHECK(!task.end_reason);
}

TEST_CASE("a move that is known changes nothing, and one of a task that is not there neither") {
  test::Decider decider;
  const TaskId id = decider.add(test::a_task(TaskStatus::Starting)).id;
  const TaskMoved starts = change_of(*decider.cluster.find_task(id), move_to(TaskStatus::Running));
  decider.apply({starts});
  const TaskMoved ends = change_of(*decider.cluster.find_task(id), move_to(TaskStatus::Finished));
  decider.apply({ends});
  const Task after = *decider.cluster.find_task(id);
  CHECK(after.status == TaskStatus::Finished);
  decider.apply({starts, ends, TaskMoved{TaskId("nobody"), 2, move_to(TaskStatus::Lost)}});
  CHECK(*decider.cluster.find_task(id) == after);
  CHECK(decider.cluster.find_task(TaskId("nobody")) == nullptr);
  CHECK(decider.cluster.check_invariants().value_or("") == "");
}

TEST_CASE("what a change makes of a task is the same before and after it is applied") {
  test::Decider decider;
  const TaskId id = decider.add(test::a_task(TaskStatus::Pending)).id;
  TaskMove move = move_to(TaskStatus::Assigned);
  move.assignment = Assignment{HostId("h7"), {}};
  const Change changes[] = {change_of(*decider.cluster.find_task(id), move),
                            TaskSaved{test::a_task({.status = TaskStatus::Running, .host = "h7", .at = Instant{9}})}};
  for (const Change& change : changes) {
    const bool is_move = std::holds_alternative<TaskMoved>(change);
    const auto check = [&] {
      const auto after = find_task_after(decider.cluster, change);
      REQUIRE(after);
      CHECK(after->record.id == id);
      CHECK(after->status == (is_move ? TaskStatus::Assigned : TaskStatus::Running));
      CHECK(after->host == HostId("h7"));
      CHECK(after->since == Instant{9});
    };
    check();
    decider.apply({change});
    check();
  }
  CHECK(!find_task_after(decider.cluster, TaskDeleted{id, {}, 0}));
  CHECK(!find_task_after(decider.cluster, TaskMoved{TaskId("nobody"), 0, move}));
}

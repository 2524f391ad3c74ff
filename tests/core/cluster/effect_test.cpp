// What a launch finds of its task when it is sent.
#include "aurora/core/cluster/effect.h"

#include <catch2/catch.hpp>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

struct Launched : test::Decider {
  Task task = test::a_task(TaskStatus::Assigned);
  LaunchTask launch = launch_of(add(task));

  void move(TaskStatus to, Duration after = seconds(1)) {
    clock.advance(cluster.find_task(task.id)->events.back().timestamp + after - clock.now());
    Decision decision;
    transition(cluster, *cluster.find_task(task.id), {to, {}, {}}, context(), decision);
    apply(decision.changes);
  }
};

TEST_CASE("a launch finds its task as it was when that was decided") {
  Launched launched;
  const Task* found = find_launched(launched.cluster, launched.launch);
  REQUIRE(found != nullptr);
  CHECK(*found == launched.task);
}

TEST_CASE("a launch finds nothing of a task that has moved on, durably or not") {
  for (const TaskStatus status : {TaskStatus::Starting, TaskStatus::Running, TaskStatus::Killing,
                                  TaskStatus::Restarting, TaskStatus::Lost, TaskStatus::Failed}) {
    for (const Duration after : {seconds(1), Duration{}}) {  // in the same millisecond, too
      Launched launched;
      launched.move(status, after);
      INFO(enum_name(status));
      CHECK(find_launched(launched.cluster, launched.launch) == nullptr);
    }
  }
}

TEST_CASE("a launch finds nothing of a task that its host has given back in the meantime") {
  Launched launched;
  launched.move(TaskStatus::Starting);
  launched.move(TaskStatus::Partitioned);
  launched.move(TaskStatus::Assigned);
  REQUIRE(launched.cluster.find_task(launched.task.id)->status == TaskStatus::Assigned);
  CHECK(find_launched(launched.cluster, launched.launch) == nullptr);
  CHECK(find_launched(launched.cluster, launch_of(*launched.cluster.find_task(launched.task.id))) != nullptr);
}

TEST_CASE("a launch finds nothing of a task that is on another host, or gone") {
  Launched launched;
  LaunchTask elsewhere = launched.launch;
  elsewhere.host = HostId("h2");
  CHECK(find_launched(launched.cluster, elsewhere) == nullptr);
  launched.cluster.apply(TaskDeleted{launched.task.id, launched.task.job(), launched.task.instance_id});
  CHECK(find_launched(launched.cluster, launched.launch) == nullptr);
}

}  // namespace
}  // namespace aurora::core

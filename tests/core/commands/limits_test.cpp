// What no request may exceed, and with which words it is refused (spec/scheduler.md §8, §9.1).
#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using test::text_of;

const JobKey kJob = test::a_key();

TEST_CASE("a request names no more instances than a job may have") {
  test::Decider decider;
  decider.settings.limits.tasks_per_job_max = 3;
  const std::string refusal = "The request names 4 instances; a job has at most 3.";
  CHECK(text_of(decider.run(KillTasks{kJob, {1, 2, 3, 4}, "", "u"})) == refusal);
  CHECK(text_of(decider.run(RestartTasks{kJob, {1, 2, 3, 4}, "u"})) == refusal);
  CHECK(text_of(decider.run(KillTasks{kJob, {1, 2, 3}, "", "u"})) == "No tasks to kill.");
}

TEST_CASE("the highest instance that there can be is the last") {
  test::Decider decider;
  decider.add(test::a_task({.status = TaskStatus::Running, .instance = 2147483647}));
  CHECK(text_of(decider.run(AddInstances{{kJob, 2147483647}, 1, "u"})) ==
        "Instance 2147483648 of job www/prod/web would be above 2147483647; kill the highest instance first.");
}

TEST_CASE("an update asks for no more groups, ranges and words than it can use") {
  test::Decider decider;
  decider.settings.limits.tasks_per_job_max = 3;
  const auto refusal = [&](const auto& change) {
    JobUpdateRequest request;
    request.task_config = test::a_service();
    request.instance_count = 2;
    request.settings.update_group_size = 1;
    change(request);
    return text_of(decider.run(StartUpdate{request, "", "u"}));
  };
  CHECK(refusal([](auto& r) { r.settings.update_strategy = VariableBatchStrategy{{1, 1, 1, 1}, false}; }) ==
        "The update has 4 groups; a job has at most 3 instances.");
  CHECK(refusal([](auto& r) { r.settings.update_only_these_instances = {{0, 0}, {0, 0}, {1, 1}, {1, 1}}; }) ==
        "updateOnlyTheseInstances has 4 ranges; a job has at most 3 instances.");
  CHECK(refusal([](auto& r) { r.metadata = {{"key", std::string(65'536, 'x')}}; }) ==
        "The metadata of the update has 1 entries and 65539 bytes; at most 1000 and 65536 are kept.");
  CHECK(refusal([](auto& r) { r.metadata.resize(1001); }) ==
        "The metadata of the update has 1001 entries and 0 bytes; at most 1000 and 65536 are kept.");
  CHECK(decider.cluster.list_updates().empty());
}

TEST_CASE("hosts are asked for their lists, those with tasks or all, and it is counted") {
  test::Decider decider;
  for (const char* name : {"h1", "h2", "h3"}) decider.apply({HostSaved{test::a_host(name)}});
  for (const char* name : {"h1", "h2"}) decider.apply({HostSeen{HostId(name), "s", 1, decider.clock.now()}});
  decider.add(test::a_task(TaskStatus::Running));
  const auto with_tasks = decider.run(Reconcile{Reconcile::Kind::Explicit});
  CHECK(text_of(with_tasks) == "1 host is to list all tasks.");
  CHECK(with_tasks->counts.at("reconciliation_explicit_runs") == 1);
  const auto all = decider.run(Reconcile{Reconcile::Kind::Implicit});
  CHECK(text_of(all) == "2 hosts are to list all tasks.");
  CHECK(all->counts.at("reconciliation_implicit_runs") == 1);
}

}  // namespace
}  // namespace aurora::core

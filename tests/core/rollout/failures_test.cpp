// What counts against an update, and what it waits for (spec/scheduler.md §9.4 to §9.6, §23 items 10 to 12).
#include <catch2/catch.hpp>

#include "core/update/small_cluster.h"

namespace aurora::core {
namespace {

const JobKey kJob = test::a_key();

TaskConfig version(int32_t number) {
  TaskConfig config = test::a_service();
  config.resources.cpus = 0.1;
  config.partition_policy = PartitionPolicy{.reschedule = false};  // a silent host is waited for
  config.executor_config->data = "version " + std::to_string(number);
  return config;
}

// A job of version 1 and an update to version 2, two instances at a time.
struct Bench {
  explicit Bench(int32_t instances, int32_t failures_per_instance = 0) {
    REQUIRE(small.run(CreateJob{test::a_job_of(version(1), instances), "ann"}).ok());
    small.pass(minutes(10));
    JobUpdateRequest request;
    request.task_config = version(2);
    request.instance_count = instances;
    request.settings.update_group_size = 2;
    request.settings.min_wait_in_instance_running_ms = 60'000;
    request.settings.max_per_instance_failures = failures_per_instance;
    request.settings.rollback_on_failure = false;
    const auto started = small.run(StartUpdate{request, "", "ann"});
    REQUIRE(started.ok());
    key = *std::get<StartUpdate::Answer>(*started).key;
    small.pass(seconds(5));
  }

  const Task& active(int32_t instance) { return *small.decider.cluster.find_active({kJob, instance}); }
  void move(int32_t instance, TaskStatus to) {
    REQUIRE(small.run(ChangeTask{active(instance).id, {}, {}, to, {}}).ok());
  }
  void control(UpdateControl what) { REQUIRE(small.run(ControlUpdate{key, what, "", "bob"}).ok()); }
  UpdateStatus status() const { return small.status(key); }

  test::SmallCluster small;
  UpdateKey key;
};

TEST_CASE("an instance that was drained, preempted or lost after its update counts as one that failed", "[update]") {
  using enum TaskStatus;
  struct Case {
    TaskStatus first;
    TaskStatus end;
  };
  for (const auto& [first, end] : {Case{Draining, Killed}, Case{Preempting, Killed}, Case{Draining, Finished},
                                   Case{Preempting, Failed}, Case{Running, Lost}, Case{Running, Killed},
                                   Case{Partitioned, Lost}, Case{Restarting, Killed}}) {
    CAPTURE(first, end);
    Bench bench(2);
    REQUIRE(bench.active(0).status == Running);
    if (first != Running) bench.move(0, first);
    bench.move(0, end);
    CHECK(bench.status() == UpdateStatus::Failed);
  }
}

TEST_CASE("an instance that somebody kills while it is updated is made again and counts for nothing", "[update]") {
  Bench bench(2);
  bench.move(0, TaskStatus::Killing);
  bench.small.pass(minutes(3));
  CHECK(bench.status() == UpdateStatus::RolledForward);
}

TEST_CASE("what happens to an instance before its turn or after it is no failure of the update", "[update]") {
  Bench bench(6);
  bench.move(5, TaskStatus::Failed);  // of the old configuration
  bench.small.pass(seconds(65));
  REQUIRE(bench.status() == UpdateStatus::RollingForward);
  bench.move(0, TaskStatus::Failed);  // has been updated
  CHECK(bench.status() == UpdateStatus::RollingForward);
  bench.small.pass(minutes(10));
  CHECK(bench.status() == UpdateStatus::RolledForward);
}

TEST_CASE("a pause forgets how often instances have failed", "[update]") {
  for (const bool pauses : {false, true}) {
    Bench bench(1, 1);
    bench.move(0, TaskStatus::Failed);
    bench.small.pass(seconds(5));
    REQUIRE(bench.status() == UpdateStatus::RollingForward);
    if (pauses) {
      bench.control(UpdateControl::Pause);
      bench.control(UpdateControl::Resume);
    }
    REQUIRE(bench.active(0).status == TaskStatus::Running);
    bench.move(0, TaskStatus::Failed);
    CHECK(bench.status() == (pauses ? UpdateStatus::RollingForward : UpdateStatus::Failed));
  }
}

TEST_CASE("a rollback waits for instances that the update has not touched and that do not run", "[update]") {
  Bench bench(4);
  bench.move(3, TaskStatus::Partitioned);
  bench.control(UpdateControl::Rollback);
  bench.small.pass(minutes(10));
  REQUIRE(bench.active(3).status == TaskStatus::Partitioned);
  CHECK(bench.status() == UpdateStatus::RollingBack);
  bench.move(3, TaskStatus::Running);
  bench.small.pass(minutes(5));
  CHECK(bench.status() == UpdateStatus::RolledBack);
}

TEST_CASE("a rollback goes on after a restart, also when nothing else happens", "[update]") {
  Bench bench(2);
  bench.control(UpdateControl::Rollback);
  bench.small.pass(seconds(5));
  REQUIRE(bench.active(0).status == TaskStatus::Running);
  test::SmallCluster after(0);
  const Cluster& before = bench.small.decider.cluster;
  after.decider.clock.advance(bench.small.decider.clock.now() - after.decider.clock.now());
  for (const Host* host : before.list_hosts())
    after.decider.apply({HostSaved{*host}, HostSeen{host->id, "s", 1, after.decider.clock.now()}});
  for (const Task* task : before.list_tasks({})) after.decider.apply({TaskSaved{*task}});
  after.decider.apply({UpdateSaved{*before.find_update(bench.key)}});
  after.forget_timers();
  after.pass(minutes(5));
  CHECK(after.status(bench.key) == UpdateStatus::RolledBack);
}

}  // namespace
}  // namespace aurora::core

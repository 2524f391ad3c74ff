#include <catch2/catch.hpp>

#include <algorithm>

#include "aurora/core/update/job_diff.h"
#include "core/update/small_cluster.h"

namespace aurora::core {
namespace {

using test::a_key;
using test::a_service;
using test::Decider;
using test::SmallCluster;

const JobKey kJob = a_key();

TaskConfig version(int32_t number) {
  TaskConfig config = a_service();
  config.resources.cpus = 0.1;
  config.executor_config->data = "version " + std::to_string(number);
  return config;
}

int32_t version_of(const Task& task) { return task.config->executor_config->data.back() - '0'; }

JobUpdateRequest a_request(int32_t to, int32_t instances) {
  JobUpdateRequest request;
  request.task_config = version(to);
  request.instance_count = instances;
  request.settings.min_wait_in_instance_running_ms = 45'000;
  return request;
}

void create(SmallCluster& cluster, int32_t number, int32_t instances) {
  REQUIRE(cluster.run(CreateJob{test::a_job_of(version(number), instances), "ann"}).ok());
  cluster.pass(seconds(1));
}

UpdateKey start(SmallCluster& cluster, const JobUpdateRequest& request) {
  const auto answer = cluster.run(StartUpdate{request, "because", "ann"});
  REQUIRE(answer.ok());
  const auto& started = std::get<StartUpdate::Answer>(*answer);
  REQUIRE(started.key.has_value());
  return *started.key;
}

std::string refusal_of(SmallCluster& cluster, const JobUpdateRequest& request,
                       const std::string& message = "") {
  const auto answer = cluster.run(StartUpdate{request, message, "ann"});
  return answer.ok() ? "ok: " + std::get<StartUpdate::Answer>(*answer).message : answer.error().message;
}

// The version that each active instance runs, "-" for one that is not running: "0:2 1:2 2:-".
std::string running(const SmallCluster& cluster) {
  std::string text;
  for (const Task* task : cluster.decider.cluster.list_active(kJob)) {
    if (!text.empty()) text += " ";
    text += std::to_string(task->instance_id) + ":";
    text += task->status == TaskStatus::Running ? std::to_string(version_of(*task)) : "-";
  }
  return text;
}

int32_t count_running(const SmallCluster& cluster, std::optional<int32_t> number = std::nullopt) {
  int32_t count = 0;
  for (const Task* task : cluster.decider.cluster.list_active(kJob)) {
    count += task->status == TaskStatus::Running && (!number || version_of(*task) == *number) ? 1 : 0;
  }
  return count;
}

// "0 UPDATING, 0 UPDATED, ...", without the INSTANCE_ of the names.
std::string instance_events(const SmallCluster& cluster, const UpdateKey& key) {
  std::string text;
  for (const InstanceUpdateEvent& event : cluster.decider.cluster.find_update(key)->instance_events) {
    if (!text.empty()) text += ", ";
    text += std::to_string(event.instance_id) + " " + std::string(enum_name(event.action)).substr(9);
  }
  return text;
}

std::string statuses(const SmallCluster& cluster, const UpdateKey& key) {
  std::string text;
  for (const UpdateEvent& event : cluster.decider.cluster.find_update(key)->events) {
    if (!text.empty()) text += ", ";
    text += enum_name(event.status);
    if (event.message) text += " (" + *event.message + ")";
  }
  return text;
}

void control(SmallCluster& cluster, const UpdateKey& key, UpdateControl what) {
  REQUIRE(cluster.run(ControlUpdate{key, what, "", "bob"}).ok());
}

TEST_CASE("an update replaces one instance after the other", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 3);
  const UpdateKey key = start(cluster, a_request(2, 3));
  cluster.pass(seconds(44));
  CHECK(running(cluster) == "0:2 1:1 2:1");
  cluster.pass(seconds(47));
  CHECK(running(cluster) == "0:2 1:2 2:2");
  cluster.pass(seconds(45));
  CHECK(statuses(cluster, key) == "ROLLING_FORWARD (because), ROLLED_FORWARD");
  CHECK(instance_events(cluster, key) ==
        "0 UPDATING, 0 UPDATED, 1 UPDATING, 1 UPDATED, 2 UPDATING, 2 UPDATED");
  CHECK(cluster.decider.cluster.find_active_update(kJob) == nullptr);
  CHECK(cluster.decider.cluster.check_invariants() == std::nullopt);
  const Task* old = nullptr;
  for (const Task* task : cluster.decider.cluster.list_job_tasks(kJob)) {
    if (task->status == TaskStatus::Killed && task->instance_id == 0) old = task;
  }
  REQUIRE(old);
  const auto killing = std::find_if(old->events.begin(), old->events.end(),
                                    [](const TaskEvent& e) { return e.status == TaskStatus::Killing; });
  CHECK(killing->message == "Killed for job update " + key.id.value());
}

TEST_CASE("a watch that ends while there is news of another instance is not forgotten", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 2);
  JobUpdateRequest request = a_request(2, 2);
  request.settings.update_group_size = 2;
  const UpdateKey key = start(cluster, request);
  cluster.pass(seconds(10));
  REQUIRE(running(cluster) == "0:2 1:2");
  Decider& decider = cluster.decider;
  const auto move = [&](TaskStatus to) {
    REQUIRE(cluster.run(ChangeTask{decider.cluster.find_active({kJob, 1})->id, {}, {}, to, {}}).ok());
  };
  decider.clock.advance(seconds(10));
  move(TaskStatus::Partitioned);
  // The timer of instance 0 is due now, and the other comes back first.
  const Instant end = decider.cluster.find_active({kJob, 0})->events.back().timestamp + seconds(45);
  decider.clock.advance(end - decider.clock.now());
  move(TaskStatus::Running);
  CHECK(decider.cluster.find_progress(key)->next_look == end);
  cluster.pass(minutes(2));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
}

TEST_CASE("the tutorial: a throttled instance is replaced at once and watched", "[update]") {
  SmallCluster cluster;
  cluster.dies = [](const Task& task) { return version_of(task) == 1; };
  create(cluster, 1, 1);
  cluster.pass(seconds(1));
  const Task* throttled = cluster.decider.cluster.find_active({kJob, 0});
  REQUIRE(throttled->status == TaskStatus::Throttled);
  const TaskId old = throttled->id;
  const UpdateKey key = start(cluster, a_request(2, 1));
  CHECK(cluster.decider.cluster.find_task(old) == nullptr);
  cluster.pass(seconds(44));
  CHECK(running(cluster) == "0:2");
  CHECK(cluster.status(key) == UpdateStatus::RollingForward);
  cluster.pass(seconds(2));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
}

TEST_CASE("the wrong fix: the instance dies, the update rolls back and fails to", "[update]") {
  SmallCluster cluster;
  cluster.dies = [](const Task&) { return true; };
  create(cluster, 1, 1);
  const UpdateKey key = start(cluster, a_request(2, 1));
  cluster.pass(minutes(30));
  CHECK(statuses(cluster, key) ==
        "ROLLING_FORWARD (because), ROLLING_BACK (Latest failure: instance 0 exited.), "
        "FAILED (Latest failure: instance 0 exited.)");
  CHECK(instance_events(cluster, key) == "0 UPDATING, 0 UPDATE_FAILED, 0 ROLLING_BACK, 0 ROLLBACK_FAILED");
}

TEST_CASE("a failure rolls every instance back, in reverse", "[update]") {
  SmallCluster cluster;
  cluster.dies = [](const Task& task) { return version_of(task) == 2 && task.instance_id == 2; };
  create(cluster, 1, 4);
  const UpdateKey key = start(cluster, a_request(2, 4));
  cluster.pass(minutes(10));
  CHECK(running(cluster) == "0:1 1:1 2:1 3:1");
  CHECK(statuses(cluster, key) ==
        "ROLLING_FORWARD (because), ROLLING_BACK (Latest failure: instance 2 exited.), ROLLED_BACK");
  CHECK(instance_events(cluster, key) ==
        "0 UPDATING, 0 UPDATED, 1 UPDATING, 1 UPDATED, 2 UPDATING, 2 UPDATE_FAILED, 2 ROLLING_BACK, 2 "
        "ROLLED_BACK, "
        "1 ROLLING_BACK, 1 ROLLED_BACK, 0 ROLLING_BACK, 0 ROLLED_BACK");
}

TEST_CASE("without rollback a failed update stays where it is", "[update]") {
  SmallCluster cluster;
  cluster.dies = [](const Task& task) { return version_of(task) == 2 && task.instance_id == 1; };
  create(cluster, 1, 3);
  JobUpdateRequest request = a_request(2, 3);
  request.settings.rollback_on_failure = false;
  const UpdateKey key = start(cluster, request);
  cluster.pass(minutes(5));
  CHECK(cluster.status(key) == UpdateStatus::Failed);
  CHECK(count_running(cluster, 2) == 1);
  CHECK(count_running(cluster, 1) == 1);
}

TEST_CASE("failures within the limits are borne", "[update]") {
  struct Case {
    int32_t deaths;         // of each new instance before it stays up
    int32_t per_instance;   // max_per_instance_failures
    int32_t instances_max;  // max_failed_instances
    UpdateStatus outcome;
  };
  const Case cases[] = {
      {1, 1, 0, UpdateStatus::RolledForward}, {2, 1, 0, UpdateStatus::RolledBack},
      {1, 0, 1, UpdateStatus::RolledBack},    {1, 0, 2, UpdateStatus::RolledForward},
      {3, 3, 0, UpdateStatus::RolledForward},
  };
  for (const Case& c : cases) {
    CAPTURE(c.deaths, c.per_instance, c.instances_max);
    SmallCluster cluster;
    std::map<int32_t, int32_t> deaths;
    cluster.dies = [&](const Task& task) {
      return version_of(task) == 2 && deaths[task.instance_id]++ < c.deaths;
    };
    create(cluster, 1, 2);
    JobUpdateRequest request = a_request(2, 2);
    request.settings.max_per_instance_failures = c.per_instance;
    request.settings.max_failed_instances = c.instances_max;
    const UpdateKey key = start(cluster, request);
    cluster.pass(hours(2));
    CHECK(cluster.status(key) == c.outcome);
  }
}

TEST_CASE("an update adds, changes and removes", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 4);
  JobUpdateRequest request = a_request(2, 2);
  const UpdateKey fewer = start(cluster, request);
  cluster.pass(minutes(5));
  CHECK(cluster.status(fewer) == UpdateStatus::RolledForward);
  CHECK(running(cluster) == "0:2 1:2");
  const UpdateKey more = start(cluster, a_request(2, 3));
  cluster.pass(minutes(5));
  CHECK(cluster.status(more) == UpdateStatus::RolledForward);
  CHECK(instance_events(cluster, more) == "2 UPDATING, 2 UPDATED");
  const UpdateKey removing = start(cluster, a_request(2, 1));
  CHECK_FALSE(cluster.decider.cluster.find_update(removing)->instructions.desired_state.has_value());
  cluster.pass(minutes(5));
  CHECK(running(cluster) == "0:2");
}

TEST_CASE("an update of a job that does not exist creates it", "[update]") {
  SmallCluster cluster;
  const UpdateKey key = start(cluster, a_request(2, 2));
  cluster.pass(minutes(5));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
  CHECK(running(cluster) == "0:2 1:2");
}

TEST_CASE("only these instances", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 3);
  JobUpdateRequest request = a_request(2, 3);
  request.settings.update_only_these_instances = {{1, 1}};
  const UpdateKey key = start(cluster, request);
  cluster.pass(minutes(5));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
  CHECK(running(cluster) == "0:1 1:2 2:1");
}

TEST_CASE("never more instances are down than the group has", "[update]") {
  const UpdateStrategy strategies[] = {QueueStrategy{1}, QueueStrategy{3}, BatchStrategy{2, false},
                                       BatchStrategy{7, false}, VariableBatchStrategy{{1, 2, 3}, false}};
  const int32_t limits[] = {1, 3, 2, 7, 3};
  for (size_t i = 0; i < std::size(strategies); ++i) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(i, seed);
      SmallCluster cluster(3);
      Rng rng(seed);
      create(cluster, 1, 10);
      cluster.dies = [&](const Task& task) { return version_of(task) == 2 && rng.below(4) == 0; };
      int32_t worst = 0;
      std::optional<UpdateKey> key;
      cluster.watch = [&](const auto&) {
        if (key && is_working(cluster.status(*key))) worst = std::max(worst, 10 - count_running(cluster));
      };
      JobUpdateRequest request = a_request(2, 10);
      request.settings.update_strategy = strategies[i];
      request.settings.max_per_instance_failures = 100;
      key = start(cluster, request);
      cluster.pass(hours(12));
      CHECK(cluster.status(*key) == UpdateStatus::RolledForward);
      CHECK(worst <= limits[i]);
      CHECK(cluster.decider.cluster.check_invariants() == std::nullopt);
    }
  }
}

TEST_CASE("pause stops, resume goes on, abort leaves things as they are", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 3);
  const UpdateKey key = start(cluster, a_request(2, 3));
  cluster.pass(seconds(50));
  control(cluster, key, UpdateControl::Pause);
  control(cluster, key, UpdateControl::Pause);
  cluster.pass(hours(1));
  CHECK(cluster.status(key) == UpdateStatus::RollForwardPaused);
  CHECK(running(cluster) == "0:2 1:2 2:1");
  control(cluster, key, UpdateControl::Resume);
  cluster.pass(seconds(1));
  CHECK(running(cluster) == "0:2 1:2 2:2");
  control(cluster, key, UpdateControl::Abort);
  cluster.pass(hours(1));
  CHECK(statuses(cluster, key) == "ROLLING_FORWARD (because), ROLL_FORWARD_PAUSED, ROLLING_FORWARD, ABORTED");
  CHECK(instance_events(cluster, key) == "0 UPDATING, 0 UPDATED, 1 UPDATING, 1 UPDATED, 2 UPDATING");
  CHECK(running(cluster) == "0:2 1:2 2:2");
  const auto again = cluster.run(ControlUpdate{key, UpdateControl::Pause, "", "bob"});
  CHECK(again.error().message == "Cannot pause update www/prod/web/" + key.id.value() + ": it is ABORTED.");
}

TEST_CASE("a watch that begins during a pause ends after it", "[update]") {
  SmallCluster cluster;
  const UpdateKey key = start(cluster, a_request(1, 1));
  control(cluster, key, UpdateControl::Pause);  // before the new task runs
  cluster.pass(seconds(5));
  CHECK(running(cluster) == "0:1");
  control(cluster, key, UpdateControl::Resume);
  cluster.pass(minutes(1));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
}

TEST_CASE("a user rolls an update back", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 2);
  const UpdateKey key = start(cluster, a_request(2, 3));
  cluster.pass(seconds(100));
  control(cluster, key, UpdateControl::Rollback);
  cluster.pass(minutes(10));
  CHECK(cluster.status(key) == UpdateStatus::RolledBack);
  CHECK(running(cluster) == "0:1 1:1");
}

TEST_CASE("a restart of the scheduler loses neither the update nor its watch", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 2);
  const UpdateKey key = start(cluster, a_request(2, 2));
  cluster.pass(seconds(30));
  SmallCluster after(0);
  after.decider.clock.advance(cluster.decider.clock.now() - after.decider.clock.now());
  for (const Host* host : cluster.decider.cluster.list_hosts()) after.decider.apply({HostSaved{*host}});
  for (const Task* task : cluster.decider.cluster.list_tasks({})) after.decider.apply({TaskSaved{*task}});
  after.decider.apply({UpdateSaved{*cluster.decider.cluster.find_update(key)}});
  after.forget_timers();
  after.connect("h1");
  after.connect("h2");
  // The reports of connect() list no tasks: the executors lost them, and the update's instance counts as
  // failed.
  after.pass(minutes(10));
  CHECK(is_terminal(after.status(key)));
  CHECK(instance_events(after, key).find("0 UPDATING, 0 UPDATING") == std::string::npos);
}

TEST_CASE("the first look after a restart is at every instance, also when it is news of one that leads to it",
          "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 2);
  JobUpdateRequest request = a_request(2, 2);
  request.settings.update_group_size = 2;
  const UpdateKey key = start(cluster, request);
  cluster.pass(seconds(10));
  SmallCluster after(0);
  Decider& decider = after.decider;
  decider.clock.advance(cluster.decider.clock.now() - decider.clock.now());
  for (const Host* host : cluster.decider.cluster.list_hosts())
    decider.apply({HostSaved{*host}, HostSeen{host->id, "s", 1, decider.clock.now()}});
  for (const Task* task : cluster.decider.cluster.list_active(kJob)) {
    if (task->instance_id == 1) decider.apply({TaskSaved{*task}});  // the other's record is lost
  }
  decider.apply({UpdateSaved{*cluster.decider.cluster.find_update(key)}});
  after.forget_timers();
  const TaskId known = decider.cluster.find_active({kJob, 1})->id;
  for (const TaskStatus to : {TaskStatus::Partitioned, TaskStatus::Running})
    REQUIRE(after.run(ChangeTask{known, {}, {}, to, {}}).ok());
  after.pass(minutes(3));
  CHECK(running(after) == "0:2 1:2");
  CHECK(after.status(key) == UpdateStatus::RolledForward);
}

TEST_CASE("nobody is called updated while its host has not reported since a restart", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 1);
  const UpdateKey key = start(cluster, a_request(2, 1));
  cluster.pass(seconds(5));
  const HostId host = cluster.decider.cluster.find_active({kJob, 0})->host;
  cluster.decider.apply({HostGone{host}});
  cluster.forget_timers();
  cluster.pass(minutes(10));  // the watch of 45 s is long over, and nobody has seen the task
  CHECK(cluster.status(key) == UpdateStatus::RollingForward);
  cluster.connect(host.value());
  cluster.pass(seconds(2));
  CHECK(cluster.status(key) != UpdateStatus::RollingForward);
}

TEST_CASE("coordinated updates wait for pulses", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 3);
  JobUpdateRequest request = a_request(2, 3);
  request.settings.block_if_no_pulses_after_ms = 60'000;
  const UpdateKey key = start(cluster, request);
  auto pulse = [&](const UpdateKey& which) {
    return std::get<PulseUpdate::Answer>(*cluster.run(PulseUpdate{which})).status;
  };
  cluster.pass(hours(1));
  CHECK(cluster.status(key) == UpdateStatus::RollForwardAwaitingPulse);
  CHECK(count_running(cluster, 1) == 3);
  CHECK(pulse(key) == "OK");
  cluster.pass(seconds(100));  // the first instance is done in time, the second is looked at too late
  CHECK(cluster.status(key) == UpdateStatus::RollForwardAwaitingPulse);
  control(cluster, key, UpdateControl::Pause);
  CHECK(pulse(key) == "OK");
  CHECK(cluster.status(key) == UpdateStatus::RollForwardPaused);
  control(cluster, key, UpdateControl::Resume);
  CHECK(cluster.status(key) == UpdateStatus::RollingForward);
  for (int i = 0; i < 10; ++i) {
    pulse(key);
    cluster.pass(seconds(30));
  }
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
  CHECK(pulse(key) == "FINISHED");
  CHECK(pulse({kJob, UpdateId("unknown")}) == "FINISHED");
  CHECK(statuses(cluster, key) ==
        "ROLL_FORWARD_AWAITING_PULSE (because), ROLLING_FORWARD, "
        "ROLL_FORWARD_AWAITING_PULSE (Pulses from external service have timed out.), ROLL_FORWARD_PAUSED, "
        "ROLLING_FORWARD, ROLLED_FORWARD");
}

TEST_CASE("auto-pause stops after each batch but the last", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 5);
  JobUpdateRequest request = a_request(2, 5);
  request.settings.update_strategy = BatchStrategy{2, true};
  const UpdateKey key = start(cluster, request);
  for (int32_t updated : {2, 4}) {
    cluster.pass(minutes(10));
    CHECK(cluster.status(key) == UpdateStatus::RollForwardPaused);
    CHECK(cluster.decider.cluster.find_update(key)->events.back().message == "Update auto paused");
    CHECK(count_running(cluster, 2) == updated);
    control(cluster, key, UpdateControl::Resume);
  }
  cluster.pass(minutes(10));
  CHECK(cluster.status(key) == UpdateStatus::RolledForward);
}

TEST_CASE("updates that are refused", "[update]") {
  struct Case {
    std::function<void(JobUpdateRequest&)> change;
    std::string message;
  };
  const Case cases[] = {
      {[](auto& r) { r.task_config.is_service = false; }, "Updates are not supported for non-service tasks."},
      {[](auto& r) {
         r.settings.update_strategy = VariableBatchStrategy{{1, 0}, false};
       },
       "All update group sizes must be positive."},
      {[](auto& r) { r.settings.update_strategy = VariableBatchStrategy{}; },
       "Update results in no instance being modified."},
      {[](auto& r) { r.settings.update_group_size = 0; }, "Update results in no instance being modified."},
      {[](auto& r) { r.settings.max_per_instance_failures = -1; },
       "maxPerInstanceFailures must be non-negative."},
      {[](auto& r) { r.settings.max_failed_instances = -1; }, "maxFailedInstances must be non-negative."},
      {[](auto& r) { r.settings.max_per_instance_failures = 20001; },
       "Your update allows too many failures to occur, consider decreasing the per-instance failures or "
       "maxFailedInstances."},
      {[](auto& r) { r.settings.min_wait_in_instance_running_ms = -1; },
       "minWaitInInstanceRunningMs must be non-negative."},
      {[](auto& r) { r.settings.block_if_no_pulses_after_ms = -1; },
       "blockIfNoPulsesAfterMs must be positive."},
      {[](auto& r) { r.settings.sla_aware = true; }, "slaAware is true, but no task slaPolicy is specified."},
      {[](auto& r) {
         r.settings.update_only_these_instances = {{0, 2}, {7, 7}};
       },
       "The update request attempted to update specific instances, but some are irrelevant to the update and "
       "current "
       "job state: [1, 2, 7]"},
      {[](auto& r) {
         r.settings.update_only_these_instances = {{0, 2'000'000'000}};
       },
       "updateOnlyTheseInstances names 2000000001 instances; a job has at most 4000."},
      {[](auto& r) { r.instance_count = 0; }, "Instance count must be between 1 and 4000 inclusive."},
      {[](auto& r) { r.instance_count = 2'000'000'000; },
       "Instance count must be between 1 and 4000 inclusive."},
      {[](auto& r) { r.task_config = version(1); }, "ok: Job is unchanged by proposed update."},
  };
  SmallCluster cluster;
  create(cluster, 1, 1);
  for (const Case& c : cases) {
    JobUpdateRequest request = a_request(2, 1);
    c.change(request);
    CHECK(refusal_of(cluster, request) == c.message);
  }
  CHECK_THAT(refusal_of(cluster, a_request(2, 1), std::string(1025, 'x')), Catch::Contains("at most 1024"));
  CHECK(cluster.decider.cluster.list_updates().empty());
}

TEST_CASE("a job has one active update", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 1);
  const UpdateKey key = start(cluster, a_request(2, 1));
  const auto second = cluster.run(StartUpdate{a_request(3, 1), "", "ann"});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message ==
        "An active update already exists for this job, please terminate it before starting another. Active "
        "updates "
        "are those in states [ROLLING_FORWARD, ROLLING_BACK, ROLL_FORWARD_PAUSED, ROLL_BACK_PAUSED, "
        "ROLL_FORWARD_AWAITING_PULSE, ROLL_BACK_AWAITING_PULSE]");
  CHECK(second.error().details == std::vector<std::string>{key.id.value()});
  CHECK(cluster.run(KillTasks{kJob, {}, "", "ann"}).error().message == "Job is currently updating");
}

TEST_CASE("requests on an update that is not there", "[update]") {
  SmallCluster cluster;
  const UpdateKey key{kJob, UpdateId("u")};
  auto message = [&](UpdateControl what) {
    return cluster.run(ControlUpdate{key, what, "", ""}).error().message;
  };
  CHECK(message(UpdateControl::Pause) == "Update does not exist www/prod/web/u");
  CHECK(message(UpdateControl::Resume) == "Update does not exist: www/prod/web/u");
}

TEST_CASE("update history is bounded, and goes with the job", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 1);
  for (int32_t i = 0; i < 13; ++i) {
    start(cluster, a_request(2 + i % 2, 1));
    cluster.pass(minutes(2));
  }
  CHECK(cluster.decider.cluster.list_updates(kJob).size() == 10);
  REQUIRE(cluster.run(KillTasks{kJob, {}, "", "ann"}).ok());
  cluster.pass(hours(1));
  CHECK(cluster.decider.cluster.list_updates(kJob).size() == 10);
  cluster.pass(hours(24 * 3));  // the job's tasks are pruned
  CHECK(cluster.decider.cluster.list_job_tasks(kJob).empty());
  CHECK(cluster.decider.cluster.list_updates(kJob).empty());
}

TEST_CASE("old updates are forgotten after their time", "[update]") {
  SmallCluster cluster;
  create(cluster, 1, 1);
  start(cluster, a_request(2, 1));
  cluster.pass(hours(24 * 29));
  CHECK(cluster.decider.cluster.list_updates(kJob).size() == 1);
  cluster.pass(hours(48));
  CHECK(cluster.decider.cluster.list_updates(kJob).empty());
}

}  // namespace
}  // namespace aurora::core

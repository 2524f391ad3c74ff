// SLA-aware updates (spec/scheduler.md §9.9).
#include <catch2/catch.hpp>

#include "core/update/small_cluster.h"

namespace aurora::core {
namespace {

using test::SmallCluster;

const JobKey kJob = test::a_key();

TaskConfig version(int number, std::optional<SlaPolicy> policy) {
  TaskConfig config = test::a_service();
  config.tier = "preferred";
  config.resources.cpus = 0.1;
  config.executor_config->data = "version " + std::to_string(number);
  config.sla_policy = std::move(policy);
  return config;
}

struct Bench {
  explicit Bench(std::optional<SlaPolicy> before, int32_t instances = 20) {
    REQUIRE(small.run(CreateJob{test::a_job_of(version(1, std::move(before)), instances), "u"}).ok());
    small.pass(minutes(10));
    REQUIRE(running() == instances);
    least_running = instances;
    small.watch = [this](const std::vector<Change>&) { least_running = std::min(least_running, running()); };
  }
  void start(std::optional<SlaPolicy> policy, int32_t group = 5, int32_t instances = 20, Duration watch = {}) {
    JobUpdateRequest request;
    request.task_config = version(2, std::move(policy));
    request.instance_count = instances;
    request.settings.sla_aware = true;
    request.settings.update_group_size = group;
    request.settings.min_wait_in_instance_running_ms = static_cast<int32_t>(watch.ms);
    const auto answer = small.run(StartUpdate{request, "", "u"});
    INFO((answer.ok() ? "" : answer.error().message));
    REQUIRE(answer.ok());
    key = *std::get<StartUpdate::Answer>(*answer).key;
  }
  int64_t running() { return small.decider.cluster.count_tasks(kJob).of(TaskStatus::Running); }
  const JobUpdate& update() { return *small.decider.cluster.find_update(key); }
  std::string told(int32_t instance) {
    std::string text;
    for (const InstanceUpdateEvent& event : update().instance_events) {
      if (event.instance_id == instance)
        text += std::string(enum_name(event.action)) + (event.message ? " '" + *event.message + "'" : "") + "; ";
    }
    return text;
  }
  SmallCluster small{3};
  UpdateKey key;
  int64_t least_running = 0;
};

TEST_CASE("an SLA-aware update ends no more instances than its policy allows", "[update]") {
  Bench bench(std::nullopt);
  bench.start(CountSlaPolicy{18, 0});
  CHECK(bench.running() == 18);
  bench.small.pass(minutes(5));
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledForward);
  CHECK(bench.least_running == 18);
  CHECK(bench.told(0) ==
        "INSTANCE_UPDATING; INSTANCE_UPDATING 'Checking SLA before continuing.'; "
        "INSTANCE_UPDATING 'SLA check passed, continuing.'; INSTANCE_UPDATED; ");
  CHECK(bench.told(4) == bench.told(0));
}

TEST_CASE("it goes on as soon as the others have been up for long enough", "[update]") {
  Bench bench(std::nullopt);
  bench.start(CountSlaPolicy{19, 30}, 1);
  bench.small.pass(seconds(20 * 31));
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledForward);
  CHECK(bench.least_running == 19);
}

TEST_CASE("an instance without a host is not asked about", "[update]") {
  Bench bench(std::nullopt);
  REQUIRE(bench.small.run(KillTasks{kJob, {3}, "", "u"}).ok());
  bench.small.pass(seconds(10));
  bench.start(CountSlaPolicy{19, 7200}, 20);
  bench.small.pass(seconds(10));
  CHECK(bench.told(3).find("SLA") == std::string::npos);
}

TEST_CASE("going back it obeys what the instances had", "[update]") {
  Bench bench(CountSlaPolicy{19, 0});
  bench.start(CountSlaPolicy{10, 0}, 5, 20, minutes(1));
  CHECK(bench.running() == 15);
  bench.small.pass(seconds(10));
  REQUIRE(bench.running() == 20);
  bench.least_running = 20;
  REQUIRE(bench.small.run(ControlUpdate{bench.key, UpdateControl::Rollback, "", "u"}).ok());
  bench.small.pass(hours(1));
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledBack);
  CHECK(bench.least_running == 19);
  CHECK(bench.running() == 20);
}

TEST_CASE("a restart and a pause forget no instance that waits", "[update]") {
  Bench bench(std::nullopt);
  bench.start(CountSlaPolicy{19, 60}, 3);
  bench.small.pass(seconds(30));
  bench.small.forget_timers();
  const auto control = [&](UpdateControl what) { return bench.small.run(ControlUpdate{bench.key, what, "", "u"}).ok(); };
  bench.small.pass(seconds(100));
  CHECK(control(UpdateControl::Pause));
  bench.small.pass(minutes(5));
  CHECK(control(UpdateControl::Resume));
  bench.small.pass(minutes(40));
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledForward);
  CHECK(bench.least_running == 19);
}

TEST_CASE("a drain and an update of the same job share what the policy allows", "[update]") {
  const SlaPolicy policy = CountSlaPolicy{18, 0};
  Bench bench(policy);
  bench.small.run(DrainHosts{{HostId("h1")}, DrainHosts::Terms{CountSlaPolicy{}, 3600}, "ops"}).ok();
  bench.start(policy);
  bench.small.pass(minutes(10));
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledForward);
  CHECK(bench.small.decider.cluster.find_host(HostId("h1"))->mode == MaintenanceMode::Drained);
  CHECK(bench.least_running == 18);
}

TEST_CASE("a coordinator decides over the instances of an update", "[update]") {
  const SlaPolicy policy = CoordinatorSlaPolicy{"http://c", ""};
  Bench bench(policy, 3);
  std::vector<AskCoordinator> asked;
  bench.small.ask = [&](const AskCoordinator& question) { asked.push_back(question); };
  bench.start(policy, 3, 3);
  REQUIRE(asked.size() == 1);
  CHECK_FALSE(asked.front().countdown);
  const auto answer = [&](bool allowed) {
    const AskCoordinator question = asked.back();
    bench.small.run(CoordinatorAnswer{question.url.text(), question.task_id, question.since, allowed, "no"}).ok();
  };
  answer(false);
  bench.small.pass(seconds(3));
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].task_id != asked[0].task_id);
  CHECK(bench.running() == 3);
  for (int round = 0; round < 20 && is_active(bench.small.status(bench.key)); ++round) {
    answer(true);
    bench.small.pass(minutes(2));
  }
  CHECK(bench.small.status(bench.key) == UpdateStatus::RolledForward);
}

}  // namespace
}  // namespace aurora::core

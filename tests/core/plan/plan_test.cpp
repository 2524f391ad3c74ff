#include "aurora/core/plan/plan.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "aurora/core/commands/planned_state.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using Text = std::string;

TaskConfig a_web(double cpus = 1, const Text& job = "www/prod/web") {
  TaskConfig config = test::a_service(job);
  config.tier = "preferred";
  config.production = true;
  config.resources.cpus = cpus - 0.25;  // with the executor's share: `cpus`
  return config;
}

TaskConfig a_batch(double cpus = 1, const Text& job = "ads/prod/batch") {
  TaskConfig config = test::a_service(job);
  config.resources.cpus = cpus - 0.25;
  return config;
}

std::set<int32_t> ids(const std::vector<InstanceRange>& ranges) { return to_set(ranges); }
std::set<int32_t> ids(const std::vector<InstanceTaskConfig>& groups) {
  std::set<int32_t> all;
  for (const InstanceTaskConfig& group : groups) all.merge(to_set(group.instances));
  return all;
}

// Hosts of 4 cores; tasks that run have done so for an hour.
struct Site : test::Decider {
  Site() {
    settings.overhead = {};
    cluster.apply(QuotaSaved{{"www", {.cpus = 100, .ram_mb = 100'000, .disk_mb = 100'000}}});
  }
  void add_hosts(int count, double cpus = 4) {
    for (int i = 1; i <= count; ++i) {
      Host host = test::a_host("h" + std::to_string(i), "r" + std::to_string(i % 2));
      host.capacity.cpus = cpus;
      const HostId id = host.id;
      apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, clock.now()}});
    }
  }
  void run_on(const Text& host, const TaskConfig& config, int32_t instance) {
    add(test::a_task(
        {.status = TaskStatus::Running, .instance = instance, .config = config, .host = host, .at = clock.now() - hours(1)}));
  }
  StartUpdate update_to(const TaskConfig& config, int32_t count, int32_t group = 1, Duration watch = seconds(30)) {
    StartUpdate command;
    command.request.task_config = config;
    command.request.instance_count = count;
    command.request.settings.update_group_size = group;
    command.request.settings.min_wait_in_instance_running_ms = static_cast<int32_t>(watch.ms);
    command.user = "ann";
    return command;
  }
  static const TaskConfig& config_of(const StartUpdate& command) { return command.request.task_config; }
  static const TaskConfig& config_of(const CreateJob& command) { return command.job.task_config; }

  PlanCopy copy(const TaskConfig& config, PlanCopy::Extent extent) {
    PlanCopy made(TaskConfigRef(*validate(config, 1, settings.limits)), settings, extent);
    while (made.look(cluster)) {
    }
    CHECK_FALSE(made.is_stale(cluster));
    return made;
  }
  template <typename Command>
  Result<Plan> plan(const Command& command) {
    auto made = make_plan(copy(config_of(command), PlanCopy::Extent::JobAndHosts), command, clock.now(), settings);
    if (!made.ok() || !wants_victims(*made, settings)) return made;
    return make_plan(copy(config_of(command), PlanCopy::Extent::WithVictims), command, clock.now(), settings);
  }
};

TEST_CASE("a plan says what becomes of each instance and in which order") {
  Site site;
  site.add_hosts(4);
  for (int32_t i = 0; i < 4; ++i) site.run_on("h" + std::to_string(i + 1), a_web(1), i);
  const auto plan = site.plan(site.update_to(a_web(2), 6, 2));
  REQUIRE(plan.ok());
  CHECK(plan->outcome == PlanOutcome::Changes);
  CHECK(plan->end == PlanEnd::Done);
  CHECK(ids(plan->add) == std::set<int32_t>{4, 5});
  CHECK(ids(plan->change) == std::set<int32_t>{0, 1, 2, 3});
  CHECK(plan->remove.empty());
  CHECK(plan->leave.empty());
  REQUIRE(plan->steps.size() == 3);  // new ones first, as the update goes through them
  CHECK(ids(plan->steps[0].add) == std::set<int32_t>{4, 5});
  CHECK(ids(plan->steps[1].change) == std::set<int32_t>{0, 1});
  CHECK(ids(plan->steps[2].change) == std::set<int32_t>{2, 3});
  CHECK(plan->steps[0].begins_after == Duration{});
  CHECK(plan->steps[2].begins_after == seconds(60));
  CHECK(plan->watch == seconds(90));
  CHECK(plan->other_waits == Duration{});
  for (const PlanStep& step : plan->steps) {
    std::set<int32_t> placed;
    for (const PlannedPlace& place : step.places) placed.merge(to_set(place.instances));
    CHECK(placed.size() == 2);
    CHECK(step.waiting.empty());
  }
  REQUIRE(plan->quota);
  CHECK(plan->quota->used_before.cpus == 3);
  CHECK(plan->quota->used_after.cpus == Approx(6 * 1.75));
  CHECK(plan->quota->remaining.cpus == Approx(100 - 6 * 1.75));
  CHECK(site.cluster.list_updates().empty());  // nothing was done
}

TEST_CASE("an update that changes nothing has no steps") {
  Site site;
  site.add_hosts(1);
  const TaskConfig config = *validate(a_web(1), 1, site.settings.limits);
  site.run_on("h1", config, 0);
  const auto plan = site.plan(site.update_to(config, 1));
  REQUIRE(plan.ok());
  CHECK(plan->outcome == PlanOutcome::Nothing);
  CHECK(ids(plan->leave) == std::set<int32_t>{0});
  CHECK(plan->steps.empty());
}

TEST_CASE("a plan shrinks a job and says what is removed") {
  Site site;
  site.add_hosts(1);
  const TaskConfig config = *validate(a_web(1), 1, site.settings.limits);
  for (int32_t i = 0; i < 3; ++i) site.run_on("h1", config, i);
  const auto plan = site.plan(site.update_to(config, 1));
  REQUIRE(plan.ok());
  CHECK(plan->outcome == PlanOutcome::Changes);
  CHECK(ids(plan->remove) == std::set<int32_t>{1, 2});
  CHECK(ids(plan->leave) == std::set<int32_t>{0});
  CHECK(plan->watch == Duration{});
}

TEST_CASE("what does not fit waits with what hosts say, and what comes behind it is not begun") {
  Site site;
  site.add_hosts(1);
  for (int32_t i = 0; i < 3; ++i) site.run_on("h1", a_web(1), i);
  const auto plan = site.plan(site.update_to(a_web(2), 3));
  REQUIRE(plan.ok());
  CHECK(plan->outcome == PlanOutcome::DoesNotFit);
  CHECK(plan->end == PlanEnd::Waits);
  REQUIRE(plan->steps.size() == 2);  // 2 + 1 + 1 is full, and 2 + 1 leaves too little for another 2
  CHECK(plan->steps[0].waiting.empty());
  REQUIRE(plan->steps[1].waiting.size() == 1);
  CHECK(ids(plan->steps[1].waiting[0].instances) == std::set<int32_t>{1});
  CHECK(plan->steps[1].waiting[0].reason.find("Insufficient: CPU") != Text::npos);
  CHECK(ids(plan->not_begun) == std::set<int32_t>{2});

  const auto together = site.plan(site.update_to(a_web(2), 3, 3));
  REQUIRE(together.ok());
  REQUIRE(together->steps.size() == 1);
  CHECK(ids(together->steps[0].waiting.at(0).instances) == std::set<int32_t>{2});
  CHECK(together->not_begun.empty());
}

TEST_CASE("a plan names whom it would preempt, when, and where that goes") {
  Site site;
  site.add_hosts(2);
  site.run_on("h1", a_batch(3), 0);
  site.run_on("h1", a_web(1), 0);
  site.run_on("h2", a_web(1), 1);
  const auto plan = site.plan(site.update_to(a_web(4), 2));
  REQUIRE(plan.ok());
  REQUIRE(plan->steps.size() == 2);
  // The first finds no host free of others: h2 has instance 1, h1 the batch.
  REQUIRE(plan->steps[0].victims.size() == 1);
  const PlannedVictim& victim = plan->steps[0].victims[0];
  CHECK(to_string(victim.job) == "ads/prod/batch");
  CHECK(victim.host == HostId("h1"));
  CHECK(victim.in_favor_of == 0);
  CHECK(victim.moves_to == HostId("h2"));  // for as long as there is room
  CHECK(plan->steps[1].begins_after == seconds(30) + site.settings.preemption.delay);
  CHECK(plan->other_waits >= site.settings.preemption.delay);
}

TEST_CASE("a new job is planned as one step") {
  Site site;
  site.add_hosts(2, 2);
  const CreateJob command{test::a_job_of(a_batch(1), 5), "ann"};
  const auto plan = site.plan(command);
  REQUIRE(plan.ok());
  CHECK(plan->outcome == PlanOutcome::DoesNotFit);
  REQUIRE(plan->steps.size() == 1);
  CHECK(ids(plan->steps[0].add).size() == 5);
  CHECK(plan->steps[0].places.size() == 2);
  REQUIRE(plan->steps[0].waiting.size() == 1);
  CHECK(ids(plan->steps[0].waiting[0].instances).size() == 1);
  CHECK_FALSE(plan->quota);
}

TEST_CASE("without quota the plan says what a start would be refused with") {
  Site site;
  site.add_hosts(1);
  site.cluster.apply(QuotaSaved{{"www", {.cpus = 1, .ram_mb = 1, .disk_mb = 1}}});
  const auto plan = site.plan(site.update_to(a_web(2), 2));
  REQUIRE(plan.ok());
  CHECK(plan->end == PlanEnd::Refused);
  CHECK(plan->outcome == PlanOutcome::DoesNotFit);
  REQUIRE(plan->refusal);
  CHECK(plan->refusal->message.find("quota exceeded") != Text::npos);
  CHECK(ids(plan->not_begun) == std::set<int32_t>{0, 1});
}

TEST_CASE("others' use of the role's quota is in the plan") {
  Site site;
  site.add_hosts(2);
  site.run_on("h1", a_web(2, "www/prod/other"), 0);
  const auto plan = site.plan(site.update_to(a_web(1), 1));
  REQUIRE(plan.ok());
  REQUIRE(plan->quota);
  CHECK(plan->quota->used_before.cpus == Approx(1.75));
  CHECK(plan->quota->used_after.cpus == Approx(1.75 + 0.75));
}

TEST_CASE("what a start is refused for, a plan is") {
  Site site;
  site.add_hosts(1);
  const auto none = site.plan(site.update_to(a_web(1), 0));
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::InvalidArgument);
  site.run_on("h1", a_batch(1), 0);
  const auto there = site.plan(CreateJob{test::a_job_of(a_batch(1), 1), "ann"});
  REQUIRE_FALSE(there.ok());
  CHECK(there.error().code == ErrorCode::AlreadyExists);
}

TEST_CASE("pauses and pulses are told before the steps that need them") {
  Site site;
  site.add_hosts(2);
  for (int32_t i = 0; i < 2; ++i) site.run_on("h1", a_web(1), i);
  StartUpdate command = site.update_to(a_web(2), 2);
  command.request.settings.update_strategy = BatchStrategy{1, true};
  const auto paused = site.plan(command);
  REQUIRE(paused.ok());
  CHECK(paused->end == PlanEnd::Done);
  REQUIRE(paused->steps.size() == 2);
  CHECK(paused->steps[0].notes.empty());
  REQUIRE(paused->steps[1].notes.size() == 1);
  CHECK(paused->steps[1].notes[0].find("resume") != Text::npos);

  StartUpdate pulsed = site.update_to(a_web(2), 2);
  pulsed.request.settings.block_if_no_pulses_after_ms = 10'000;
  const auto coordinated = site.plan(pulsed);
  REQUIRE(coordinated.ok());
  CHECK(coordinated->end == PlanEnd::Done);
  REQUIRE(coordinated->steps.size() == 2);
  CHECK(coordinated->steps[0].notes == std::vector<Text>{"a pulse must come"});
}

TEST_CASE("limits and constraints hold in a plan as they do in placement") {
  Site site;
  site.add_hosts(4);
  TaskConfig config = a_batch(1);
  config.constraints = {{"host", LimitConstraint{1}}};
  const auto plan = site.plan(CreateJob{test::a_job_of(config, 6), "ann"});
  REQUIRE(plan.ok());
  REQUIRE(plan->steps.size() == 1);
  CHECK(plan->steps[0].places.size() == 4);
  CHECK(ids(plan->steps[0].waiting.at(0).instances).size() == 2);
}

TEST_CASE("ports that others have are not given away") {
  Site site;
  Host host = test::a_host("h1");
  host.port_ranges = {{31000, 31002}};
  host.capacity.ports = 3;
  site.apply({HostSaved{host}, HostSeen{host.id, "s", 1, site.clock.now()}});
  Task other = test::a_task({.status = TaskStatus::Running, .config = [] {
                               TaskConfig config = a_batch(1);
                               config.resources.ports = {"http"};
                               return config;
                             }()});
  other.assigned_ports = {{"http", 31001}};
  site.add(other);
  TaskConfig config = a_batch(1, "ads/prod/ports");
  config.resources.ports = {"http", "admin"};
  const auto plan = site.plan(CreateJob{test::a_job_of(config, 2), "ann"});
  REQUIRE(plan.ok());
  CHECK(plan->steps.at(0).places.size() == 1);
  CHECK(ids(plan->steps[0].waiting.at(0).instances).size() == 1);
}

TEST_CASE("a plan is the same for the same state") {
  Site site;
  site.add_hosts(10);
  const auto first = site.plan(CreateJob{test::a_job_of(a_batch(1), 7), "ann"});
  const auto second = site.plan(CreateJob{test::a_job_of(a_batch(1), 7), "ann"});
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first->state == second->state);
  REQUIRE(first->steps[0].places.size() == second->steps[0].places.size());
  for (size_t i = 0; i < first->steps[0].places.size(); ++i)
    CHECK(first->steps[0].places[i].host == second->steps[0].places[i].host);
}

TEST_CASE("a copy is stale once a task of the job has changed") {
  Site site;
  site.add_hosts(1);
  site.run_on("h1", a_web(1), 0);
  PlanCopy copy(TaskConfigRef(a_web(2)), site.settings, PlanCopy::Extent::JobAndHosts);
  while (copy.look(site.cluster)) {
  }
  CHECK_FALSE(copy.is_stale(site.cluster));
  CHECK(site.run(RestartTasks{test::a_key(), {0}, "ann"}).ok());
  CHECK(copy.is_stale(site.cluster));
}

// --- The state that a start may demand.

struct Demand : Site {
  Demand() {
    add_hosts(2);
    run_on("h1", a_web(1), 0);
    command = update_to(a_web(2), 3);
    const auto made = plan(command);
    REQUIRE(made.ok());
    command.unchanged_since = made->state;
  }
  Text refusal() {
    const auto started = run(command);
    if (started.ok()) return "";
    CHECK(started.error().code == ErrorCode::FailedPrecondition);
    CHECK(started.error().details.empty());
    CHECK(cluster.list_updates().empty());
    return started.error().message;
  }
  StartUpdate command;
};

TEST_CASE("a start that demands a plan's state is done while nothing has changed") {
  Demand site;
  CHECK(site.refusal() == "");
  CHECK(site.cluster.list_updates().size() == 1);
}

TEST_CASE("a start that demands a state is refused with what has changed") {
  SECTION("the job") {
    Demand site;
    CHECK(site.run(AddInstances{{test::a_key(), 0}, 1, "bob"}).ok());
    CHECK(site.refusal().find("the job's tasks have changed") != Text::npos);
  }
  SECTION("the request") {
    Demand site;
    site.command.request.instance_count = 4;
    CHECK(site.refusal().starts_with("Since the plan was made for www/prod/web: what is asked for is not what was planned. "));
  }
  SECTION("the quota") {
    Demand site;
    site.cluster.apply(QuotaSaved{{"www", {.cpus = 99, .ram_mb = 100'000, .disk_mb = 100'000}}});
    CHECK(site.refusal().find("the quota of the role") != Text::npos);
  }
  SECTION("the room") {
    Demand site;
    site.run_on("h2", a_batch(4), 0);
    CHECK(site.refusal().find(": hosts had room for 3 more of its instances and have it for 1. ") != Text::npos);
  }
}

TEST_CASE("what happens to hosts without making them scarce leaves the state alone") {
  Demand site;
  site.run_on("h1", a_batch(0.5), 0);
  CHECK(site.refusal() == "");
}

TEST_CASE("a text that is no state is refused") {
  for (const Text& state : {Text("none"), Text("1.2"), Text("2.a.b.c.d.1"), Text(1000, 'a'), Text("1.a.b.c.d.1.1")}) {
    Demand site;
    site.command.unchanged_since = state;
    const auto started = site.run(site.command);
    REQUIRE_FALSE(started.ok());
    CHECK(started.error().code == ErrorCode::InvalidArgument);
  }
}

TEST_CASE("a plan of 10,000 instances", "[.bench]") {
  Site site;
  site.settings.limits.tasks_per_job_max = 20'000;
  site.cluster.apply(QuotaSaved{{"www", {.cpus = 1e6, .ram_mb = 100'000'000, .disk_mb = 100'000'000}}});
  site.add_hosts(5'000);
  for (int32_t i = 0; i < 10'000; ++i) site.run_on("h" + std::to_string(i % 5'000 + 1), a_web(1), i);
  for (const int32_t group : {1, 10, 100, 10'000}) {
    const StartUpdate command = site.update_to(a_web(2), 10'000, group);
    const auto begin = std::chrono::steady_clock::now();
    const PlanCopy copy = site.copy(command.request.task_config, PlanCopy::Extent::JobAndHosts);
    const auto copied = std::chrono::steady_clock::now();
    const auto plan = make_plan(copy, command, site.clock.now(), site.settings);
    const auto end = std::chrono::steady_clock::now();
    REQUIRE(plan.ok());
    CHECK(plan->end == PlanEnd::Done);
    const auto ms = [](auto span) { return std::chrono::duration<double, std::milli>(span).count(); };
    WARN("group " << group << ": copied in " << ms(copied - begin) << " ms, planned in " << ms(end - copied) << " ms, "
                  << plan->steps.size() << " steps");
  }
}

}  // namespace
}  // namespace aurora::core

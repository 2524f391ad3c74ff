#include "core/placement/preemption.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using Text = std::string;

TaskConfig a_config_of(const Text& job, const Text& tier, double cpus = 1, int32_t priority = 0) {
  TaskConfig config = test::a_config(job);
  config.tier = tier;
  config.production = tier == "preferred";
  config.revocable = tier == "revocable";
  config.priority = priority;
  config.resources.cpus = cpus - 0.25;  // with the executor's share: `cpus`
  config.is_service = true;
  return config;
}

// Hosts of 4 cores; what waits has waited for long.
struct Site : test::Decider {
  void add_host(const Text& name, double cpus = 4) {
    Host host = test::a_host(name);
    host.capacity.cpus = cpus;
    const HostId id = host.id;
    apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, clock.now()}});
  }
  // A running task of a job of its own; returns its id.
  TaskId run_on(const Text& host, const TaskConfig& config, int32_t instance = 0) {
    return add(test::a_task({.status = TaskStatus::Running, .instance = instance, .config = config, .host = host})).id;
  }
  ConfigHash wait(const TaskConfig& config, int32_t count = 1, int32_t first = 0) {
    for (int32_t i = first; i < first + count; ++i)
      add(test::a_task({.instance = i, .config = config, .at = clock.now() - minutes(3)}));
    return TaskConfigRef(config).hash();
  }
  PlacementResult place(bool preempts = true) {
    std::set<ConfigHash> groups;
    for (const auto& [hash, tasks] : cluster.pending_groups()) groups.insert(hash);
    PlaceTasks command{groups};
    command.preempts = preempts;
    const auto decision = run(command);
    REQUIRE(decision.ok());
    CHECK(cluster.check_invariants() == std::nullopt);
    return std::get<PlacementResult>(decision->answer);
  }
  // www/prod/web waits for h1, which ads/prod/batch has to leave.
  void have_one_go() {
    add_host("h1");
    run_on("h1", a_config_of("ads/prod/batch", "preemptible", 4));
    wait(a_config_of("www/prod/web", "preferred", 4));
    place();
  }
  std::set<Text> going() {
    TaskQuery query;
    query.statuses = {TaskStatus::Preempting};
    std::set<Text> names;
    for (const Task* task : cluster.list_tasks(query)) names.insert(task->config->job.name + "/" + std::to_string(task->instance_id));
    return names;
  }
  void end_those_that_go() {
    TaskQuery query;
    query.statuses = {TaskStatus::Preempting};
    std::vector<TaskId> ids;
    for (const Task* task : cluster.list_tasks(query)) ids.push_back(task->id);
    for (const TaskId& id : ids)
      REQUIRE(run(ChangeTask{.task_id = id, .expected = {}, .expected_since = {}, .to = TaskStatus::Killed, .message = {}}).ok());
  }
  const Task& active(const Text& job, int32_t instance = 0) {
    const Task* task = cluster.find_active({test::a_key(job), instance});
    REQUIRE(task != nullptr);
    return *task;
  }
};

TEST_CASE("who may take whose place", "[preemption]") {
  const JobLimits limits;
  const auto may = [&](const Text& job, const Text& tier, int32_t priority, const Text& of_job, const Text& of_tier,
                       int32_t of_priority) {
    return may_preempt(a_config_of(job, tier, 1, priority), a_config_of(of_job, of_tier, 1, of_priority), limits);
  };
  CHECK(may("a/prod/x", "preferred", 0, "b/prod/y", "preemptible", 9));
  CHECK(may("a/prod/x", "preferred", 0, "b/prod/y", "revocable", 9));
  CHECK_FALSE(may("a/prod/x", "preemptible", 9, "a/prod/y", "preferred", 0));
  CHECK_FALSE(may("a/prod/x", "revocable", 9, "a/prod/y", "preferred", 0));
  for (const Text tier : {"preferred", "preemptible"}) {
    CHECK(may("a/prod/x", tier, 2, "a/prod/y", tier, 1));
    CHECK_FALSE(may("a/prod/x", tier, 1, "a/prod/y", tier, 1));
    CHECK_FALSE(may("a/prod/x", tier, 1, "a/prod/y", tier, 2));
    CHECK_FALSE(may("a/prod/x", tier, 2, "b/prod/y", tier, 1));
  }
  CHECK(may("a/prod/x", "preemptible", 2, "a/prod/y", "revocable", 1));
}

TEST_CASE("a preferred task has a preemptible one go, and gets its host", "[preemption]") {
  Site site;
  site.add_host("h1");
  site.run_on("h1", a_config_of("ads/prod/batch", "preemptible", 4));
  site.wait(a_config_of("www/prod/web", "preferred", 4));
  CHECK(site.place().placed == 0);
  const Task& victim = site.active("ads/prod/batch");
  CHECK(victim.status == TaskStatus::Preempting);
  CHECK(victim.events.back().message == "Preempting in favor of " + site.active("www/prod/web").id.value());
  REQUIRE(site.effects.size() == 1);
  CHECK(std::get<KillTask>(site.effects[0]).task_id == victim.id);
  CHECK(site.cluster.find_reservation(HostId("h1")) != nullptr);

  // It is asked for once. Its replacement does not take the host back, nor does anybody else.
  CHECK(site.place().placed == 0);
  CHECK(site.effects.size() == 1);
  site.end_those_that_go();
  site.wait(a_config_of("www/prod/other", "preferred", 4));
  CHECK(site.place().placed == 1);
  CHECK(site.active("www/prod/web").status == TaskStatus::Assigned);
  CHECK(site.active("www/prod/other").status == TaskStatus::Pending);
  CHECK(site.active("ads/prod/batch").status != TaskStatus::Assigned);
  CHECK(site.cluster.list_reservations().empty());
}

TEST_CASE("nobody has to go before a task has waited, nor where that is switched off", "[preemption]") {
  Site site;
  site.add_host("h1");
  site.run_on("h1", a_config_of("ads/prod/batch", "preemptible", 4));
  site.wait(a_config_of("www/prod/web", "preferred", 4));
  site.settings.preemption.delay = minutes(4);
  site.place();
  site.settings.preemption.delay = minutes(3);
  site.place(/*preempts=*/false);
  site.settings.preemption.is_enabled = false;
  site.place();
  CHECK(site.going().empty());
  site.settings.preemption.is_enabled = true;
  site.place();
  CHECK(site.going().size() == 1);
}

TEST_CASE("the largest go first, and nobody who turns out not to be in the way", "[preemption]") {
  Site site;
  site.add_host("h1", 8);
  site.run_on("h1", a_config_of("ads/prod/one", "preemptible", 1));
  site.run_on("h1", a_config_of("ads/prod/two", "preemptible", 2));
  site.run_on("h1", a_config_of("ads/prod/three", "preemptible", 3));
  SECTION("one is enough") {
    site.wait(a_config_of("www/prod/web", "preferred", 5));  // 2 are free
    site.place();
    CHECK(site.going() == std::set<Text>{"three/0"});
  }
  SECTION("two") {
    site.wait(a_config_of("www/prod/web", "preferred", 7));
    site.place();
    CHECK(site.going() == std::set<Text>{"three/0", "two/0"});
  }
  SECTION("of those that were chosen one is not needed") {
    TaskConfig much_memory = a_config_of("ads/prod/memory", "preemptible", 0.5);
    much_memory.resources.ram_mb = 12'000;
    site.run_on("h1", much_memory);
    TaskConfig wants_memory = a_config_of("www/prod/web", "preferred", 1);
    wants_memory.resources.ram_mb = 10'000;
    site.wait(wants_memory);
    site.place();
    CHECK(site.going() == std::set<Text>{"memory/0"});
  }
}

TEST_CASE("nobody goes for nothing", "[preemption]") {
  Site site;
  site.add_host("h1");
  site.run_on("h1", a_config_of("ads/prod/batch", "preemptible", 2));
  site.run_on("h1", a_config_of("ads/prod/web", "preferred", 2));
  TaskConfig wanted = a_config_of("www/prod/web", "preferred", 2);
  SECTION("all of them are not enough") { wanted.resources.cpus = 3; }
  SECTION("the host is not what is wanted") { wanted.constraints = {{"rack", ValueConstraint{false, {"elsewhere"}}}}; }
  SECTION("the tier yields itself") { wanted = a_config_of("www/prod/web", "preemptible", 4, 9); }
  SECTION("what it lacks cannot be freed") { wanted.resources.gpus = 1; }
  site.wait(wanted);
  site.place();
  CHECK(site.going().empty());
  CHECK(site.cluster.list_reservations().empty());
}

TEST_CASE("of one role the lower priority goes, in whatever tier", "[preemption]") {
  const Text tier = GENERATE("preferred", "preemptible");
  Site site;
  for (const Text host : {"h1", "h2", "h3"}) site.add_host(host);
  site.run_on("h1", a_config_of("www/prod/equal", tier, 4, 5));
  site.run_on("h2", a_config_of("www/prod/lesser", tier, 4, 4));
  site.run_on("h3", a_config_of("ads/prod/lesser", tier, 4, 1));
  site.wait(a_config_of("www/prod/web", tier, 4, 5));
  site.place();
  CHECK(site.going() == std::set<Text>{"lesser/0"});
  CHECK(site.active("www/prod/lesser").status == TaskStatus::Preempting);
}

TEST_CASE("a cron job of the role that has no task is nobody's victim", "[preemption]") {
  Site site;
  site.add_host("h1");
  CronJob cron;
  cron.job = test::a_job_of(a_config_of("www/prod/nightly", "preemptible", 1, -1));
  site.apply({CronJobSaved{cron}});
  CHECK(site.cluster.find_config(cron.job.key) == nullptr);
  site.wait(a_config_of("www/prod/web", "preemptible", 40));
  site.place();
  CHECK(site.going().empty());
}

TEST_CASE("each waiting task has one host cleared, and no more than wait", "[preemption]") {
  Site site;
  for (int i = 1; i <= 5; ++i) {
    site.add_host("h" + std::to_string(i));
    site.run_on("h" + std::to_string(i), a_config_of("ads/prod/batch", "preemptible", 4), i);
  }
  const ConfigHash group = site.wait(a_config_of("www/prod/web", "preferred", 4), 3);
  site.place();
  CHECK(site.going().size() == 3);
  CHECK(site.cluster.list_reserved_hosts(group).size() == 3);
  site.place();
  CHECK(site.going().size() == 3);
  site.end_those_that_go();
  CHECK(site.place().placed == 3);
  CHECK(site.cluster.list_reservations().empty());
}

TEST_CASE("a host is free again when its time is over, or when the task found another", "[preemption]") {
  Site site;
  site.have_one_go();
  SECTION("time") {
    const TimerChanges timers = timers_for(site.cluster, Change(*site.cluster.find_reservation(HostId("h1"))), site.context());
    REQUIRE(timers.set.size() == 1);
    CHECK(timers.set[0].due == site.clock.now() + minutes(3));
    REQUIRE(site.run(ReleaseHost{HostId("h1")}).ok());
    CHECK(site.cluster.list_reservations().size() == 1);
    site.clock.advance(minutes(3));
    REQUIRE(site.run(ReleaseHost{HostId("h1")}).ok());
    CHECK(site.cluster.list_reservations().empty());
  }
  SECTION("another host") {
    site.add_host("h2");
    CHECK(site.place().placed == 1);
    CHECK(site.active("www/prod/web").host == HostId("h2"));
    CHECK(site.cluster.list_reservations().empty());
  }
  SECTION("nobody waits any more") {
    const TaskConfig other = a_config_of("www/prod/other", "preferred", 4);
    site.wait(other);
    REQUIRE(site.run(KillTasks{test::a_key("www/prod/web"), {}, "", "u"}).ok());
    site.end_those_that_go();
    REQUIRE(site.run(KillTasks{test::a_key("ads/prod/batch"), {}, "", "u"}).ok());  // its replacement
    CHECK(site.place().placed == 1);
    CHECK(site.active("www/prod/other").status == TaskStatus::Assigned);
  }
}

TEST_CASE("a host that has taken a task is kept no longer, although others of the group wait", "[preemption]") {
  Site site;
  site.add_host("h1");
  site.add_host("h2");
  site.run_on("h1", a_config_of("ads/prod/batch", "preemptible", 4));
  site.run_on("h2", a_config_of("ads/prod/web", "preferred", 4));
  site.wait(a_config_of("www/prod/web", "preferred", 4), 2);
  site.place();
  CHECK(site.cluster.list_reservations().size() == 1);
  site.end_those_that_go();
  CHECK(site.place().placed == 1);
  CHECK(site.cluster.list_reservations().empty());
}

TEST_CASE("who is kept off a reserved host is told so", "[preemption]") {
  Site site;
  site.have_one_go();
  const ConfigHash other = site.wait(a_config_of("www/prod/other", "preferred", 0.5));
  site.place();
  REQUIRE(site.cluster.find_pending_reason(other) != nullptr);
  CHECK(site.cluster.find_pending_reason(other)->reason == "Host is reserved");
  CHECK(to_sentence(*site.cluster.find_pending_reason(other)) ==
        "the only host: Host is reserved (for tasks that others had to go for: h1)");
}

TEST_CASE("a group that needs very many hosts gets them in several goes", "[preemption]") {
  Site site;
  for (int i = 0; i < 150; ++i) {
    site.add_host("h" + std::to_string(i));
    site.run_on("h" + std::to_string(i), a_config_of("ads/prod/batch", "preemptible", 4), i);
  }
  const ConfigHash group = site.wait(a_config_of("www/prod/web", "preferred", 4), 150);
  CHECK(site.place().hurried == std::set<ConfigHash>{group});
  CHECK(site.going().size() == 100);
  CHECK(site.place().hurried.empty());
  CHECK(site.going().size() == 150);
}

}  // namespace
}  // namespace aurora::core

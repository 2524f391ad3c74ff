#include "aurora/core/explain/explanation.h"

#include <catch2/catch.hpp>

#include "aurora/core/lifecycle/task_lifecycle.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using Text = std::string;

struct Site : test::Decider {
  Site() { settings.overhead = {}; }
  void add_host(const Text& name, double cpus = 4) {
    Host host = test::a_host(name);
    host.capacity.cpus = cpus;
    const HostId id = host.id;
    apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, clock.now()}});
  }
  template <typename Command>
  void carry_out(const Command& command) {
    const auto decided = run(command);
    REQUIRE(decided.ok());
    for (Decision next = follow_up(cluster, decided->changes, context()); !next.changes.empty();) {
      keep(next);
      next = follow_up(cluster, next.changes, context());
    }
  }
  void place(bool preempts = false) {
    PlaceTasks command;
    for (const auto& [hash, group] : cluster.pending_groups()) command.groups.insert(hash);
    command.preempts = preempts;
    carry_out(command);
  }
  const Task& active(int32_t instance, const Text& job = "www/prod/web") {
    const Task* task = cluster.find_active({test::a_key(job), instance});
    REQUIRE(task != nullptr);
    return *task;
  }
  void move(const Task& task, TaskStatus to) {
    Decision decision;
    transition(cluster, task, {to, {}, {}}, context(), decision);
    keep(decision);
  }
  ExplainContext explain_context() { return {clock.now(), Instant{}, settings}; }
  Explanation task(const Task& task) {
    auto told = explain_task(cluster, task.id, explain_context());
    REQUIRE(told);
    return *told;
  }
};

bool tells(const Explanation& told, const Text& text) {
  for (const ExplainedFact& fact : told.story) {
    if (fact.text.find(text) != Text::npos) return true;
  }
  UNSCOPED_INFO("does not tell of '" << text << "'");
  for (const ExplainedFact& fact : told.story) UNSCOPED_INFO(fact.text);
  return false;
}

bool waits(const Explanation& told, WaitKind kind, const Text& text) {
  for (const ExplainedWait& wait : told.waits) {
    if (wait.kind == kind && wait.text.find(text) != Text::npos) return true;
  }
  UNSCOPED_INFO("does not wait for '" << text << "'");
  for (const ExplainedWait& wait : told.waits) UNSCOPED_INFO(enum_name(wait.kind) << ": " << wait.text);
  return false;
}

TEST_CASE("a task tells who asked for it, why its host was chosen and who ended it") {
  Site site;
  site.add_host("h1");
  site.add_host("h2");
  site.carry_out(CreateJob{test::a_job("www/prod/web", 1), "ann"});
  site.place();
  site.move(site.active(0), TaskStatus::Running);
  const Task& running = site.active(0);
  const Explanation told = site.task(running);
  CHECK(told.now.starts_with("RUNNING for 0 s on h"));
  CHECK(told.waits.empty());
  CHECK(tells(told, "PENDING: it was asked for. Facts: the job was created by ann"));
  CHECK(tells(told, "Facts: the next with room of 2 hosts, from one drawn by lot on"));
  site.carry_out(KillTasks{test::a_key(), {}, "not needed", "bob"});
  const Explanation ending = site.task(site.active(0));
  CHECK(tells(ending, "KILLING: it is to end. Killed by bob.\nnot needed"));
  CHECK(waits(ending, WaitKind::Host, "to end it"));
}

TEST_CASE("a job tells who asked for its instances") {
  Site site;
  site.add_host("h1");
  site.carry_out(CreateJob{test::a_job("www/prod/web", 2), "ann"});
  site.clock.advance(minutes(1));
  site.carry_out(AddInstances{.like = {test::a_key(), 0}, .count = 1, .user = "bob"});
  const auto told = explain_job(site.cluster, test::a_key(), site.explain_context());
  REQUIRE(told);
  REQUIRE(told->story.size() == 2);
  CHECK(told->story[0].text == "2 instances were asked for: the job was created by ann");
  CHECK(told->story[1].text.starts_with("1 instance was asked for: "));
}

TEST_CASE("a pending task tells what hosts say, and later what it had waited for") {
  Site site;
  site.add_host("h1", 0.5);
  site.carry_out(CreateJob{test::a_job("www/prod/web", 1), "ann"});
  site.place();
  const Explanation pending = site.task(site.active(0));
  CHECK(waits(pending, WaitKind::Host, "Insufficient: CPU"));
  CHECK(waits(pending, WaitKind::Host, "the moment from which other tasks may have to go for it"));
  site.add_host("h2");
  site.place();
  CHECK(tells(site.task(site.active(0)), "before, it had waited: the only host: Insufficient: CPU"));
}

TEST_CASE("hosts that refused are counted, with the first of them") {
  Site site;
  for (const Text name : {"h1", "h2", "h3"}) site.add_host(name);
  TaskConfig config = test::a_config();
  config.constraints = {{"host", ValueConstraint{false, {"h2"}}}};
  site.carry_out(CreateJob{test::a_job_of(config, 8), "ann"});
  site.place();
  size_t told_of_refusals = 0;
  for (const Task* task : site.cluster.list_active(test::a_key())) {
    const Explanation told = site.task(*task);
    for (const ExplainedFact& fact : told.story) {
      if (fact.text.find("refused first: a constraint is not met (first h") != Text::npos) ++told_of_refusals;
    }
  }
  CHECK(told_of_refusals > 0);
}

TEST_CASE("a preempted task tells for whom, and the winner that others had to go") {
  Site site;
  site.add_host("h1", 1.25);
  site.carry_out(CreateJob{test::a_job("ads/prod/batch", 1), "ann"});
  site.place();
  site.move(site.active(0, "ads/prod/batch"), TaskStatus::Running);
  const TaskId victim = site.active(0, "ads/prod/batch").id;
  TaskConfig config = test::a_service();
  config.tier = "preferred";
  config.production = true;
  site.cluster.apply(QuotaSaved{{"www", {.cpus = 100, .ram_mb = 100'000, .disk_mb = 100'000}}});
  site.carry_out(CreateJob{test::a_job_of(config, 1), "bob"});
  site.clock.advance(site.settings.preemption.delay);
  site.place(true);
  const auto told = explain_task(site.cluster, victim, site.explain_context());
  REQUIRE(told);
  CHECK(tells(*told, "PREEMPTING: it has to go for another (www/prod/web/0). Preempting in favor of "));
  CHECK(waits(site.task(site.active(0)), WaitKind::Host, "host h1, which is kept for its configuration"));
  const auto host = explain_host(site.cluster, HostId("h1"), site.explain_context());
  REQUIRE(host);
  CHECK(waits(*host, WaitKind::Host, "for which it is kept"));
  site.move(*site.cluster.find_task(victim), TaskStatus::Killed);
  site.place();
  CHECK(tells(site.task(site.active(0)), "the host was kept for it: others had to go"));
  const auto successor = site.task(site.active(0, "ads/prod/batch"));
  CHECK(tells(successor, "Facts: the run before it, " + victim.value() + ", was KILLED on h1"));
}

TEST_CASE("an instance tells of its runs and of the updates of its job; an update of its watch") {
  Site site;
  site.add_host("h1");
  TaskConfig config = test::a_service();
  site.carry_out(CreateJob{test::a_job_of(config, 1), "ann"});
  site.place();
  site.move(site.active(0), TaskStatus::Running);
  StartUpdate command;
  config.resources.cpus = 2;
  command.request.task_config = config;
  command.request.instance_count = 1;
  command.request.settings.min_wait_in_instance_running_ms = 60'000;
  command.user = "bob";
  command.message = "more cores";
  site.carry_out(command);
  const Decision ended = [&] {
    Decision decision;
    transition(site.cluster, site.active(0), {TaskStatus::Killed, {}, {}}, site.context(), decision);
    return decision;
  }();
  site.keep(ended);
  for (Decision next = follow_up(site.cluster, ended.changes, site.context()); !next.changes.empty();) {
    site.keep(next);
    next = follow_up(site.cluster, next.changes, site.context());
  }
  site.place();
  site.move(site.active(0), TaskStatus::Running);
  const auto told = explain_instance(site.cluster, {test::a_key(), 0}, site.explain_context());
  REQUIRE(told);
  CHECK(tells(*told, ", by bob. more cores"));
  CHECK(tells(*told, "of bob gives its instance this configuration"));
  CHECK(tells(*told, "the job was created by ann"));
  CHECK(tells(*told, "instance 0 INSTANCE_UPDATING"));
  CHECK(waits(*told, WaitKind::Watch, "instance 0: it must stay up for 60 s"));
  const JobUpdate* update = site.cluster.find_active_update(test::a_key());
  REQUIRE(update != nullptr);
  const auto updating = explain_update(site.cluster, update->key, site.explain_context());
  REQUIRE(updating);
  CHECK(updating->now.find("asked for by bob") != Text::npos);
  CHECK(waits(*updating, WaitKind::Watch, "instance 0"));
  const auto job = explain_job(site.cluster, test::a_key(), site.explain_context());
  REQUIRE(job);
  CHECK(job->now.find("1 task on hosts") != Text::npos);
  CHECK(waits(*job, WaitKind::Watch, "instance 0"));
}

TEST_CASE("a host tells who put it in maintenance, and what its drain waits for") {
  Site site;
  site.add_host("h1");
  site.carry_out(StartMaintenance{{HostId("h1")}, "ann"});
  auto told = explain_host(site.cluster, HostId("h1"), site.explain_context());
  REQUIRE(told);
  CHECK(told->now.starts_with("scheduled for maintenance"));
  CHECK(tells(*told, "it was put in its mode by ann"));
  site.carry_out(EndMaintenance{{HostId("h1")}, "bob"});
  told = explain_host(site.cluster, HostId("h1"), site.explain_context());
  CHECK(told->now.starts_with("in service"));
  CHECK(tells(*told, "by bob"));
}

TEST_CASE("what is not there is not explained") {
  Site site;
  CHECK_FALSE(explain_task(site.cluster, TaskId("x"), site.explain_context()));
  CHECK_FALSE(explain_instance(site.cluster, {test::a_key(), 0}, site.explain_context()));
  CHECK_FALSE(explain_job(site.cluster, test::a_key(), site.explain_context()));
  CHECK_FALSE(explain_update(site.cluster, {test::a_key(), UpdateId("x")}, site.explain_context()));
  CHECK_FALSE(explain_host(site.cluster, HostId("x"), site.explain_context()));
}

TEST_CASE("of a large update the last events are told, and how many there were") {
  Site site;
  JobUpdate update;
  update.key = {test::a_key(), UpdateId("u")};
  update.events.push_back({UpdateStatus::RollingForward, site.clock.now(), {}, {}});
  for (int32_t i = 0; i < 1'000; ++i) update.instance_events.push_back({i, site.clock.now(), InstanceAction::Updating, {}});
  site.cluster.apply(UpdateSaved{update});
  const auto told = explain_update(site.cluster, update.key, site.explain_context());
  REQUIRE(told);
  CHECK(told->story.size() == kFactsMax);
  CHECK(told->left_out == 1'001 - static_cast<int64_t>(kFactsMax));
  CHECK(told->story.back().text.find("instance 999 ") != Text::npos);
}

TEST_CASE("a story is bounded, and so are facts") {
  Site site;
  for (int i = 0; i < 150; ++i) {
    Task task = test::a_task({.status = TaskStatus::Failed, .suffix = std::to_string(i), .at = site.clock.now() - hours(i)});
    site.add(task);
  }
  const auto told = explain_instance(site.cluster, {test::a_key(), 0}, site.explain_context());
  REQUIRE(told);
  CHECK(told->story.size() <= kFactsMax);
  CHECK(as_fact(Text(5'000, 'x')).size() < 500);
  CHECK(as_fact(Text(399, 'x') + "\u00e4\u00e4") == Text(399, 'x') + "...");
}

}  // namespace
}  // namespace aurora::core

// Forecasts on small clusters, whose answers can be said beforehand.
#include "aurora/scheduler/what_if.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_fields.h"
#include "support/builders.h"

namespace aurora::scheduler {
namespace {

using namespace core;
using namespace test;

constexpr Instant kCopied{1'700'000'000'000};

TaskConfig service(const std::string& job, double cpus, const std::string& tier = "preemptible") {
  TaskConfig config = a_service(job);
  config.resources.cpus = cpus;
  config.tier = tier;
  config.production = tier == "preferred";
  return config;
}

Task running(const TaskConfig& config, int32_t instance, const std::string& host) {
  return a_task({.status = TaskStatus::Running, .instance = instance, .config = config, .host = host, .at = kCopied - minutes(60)});
}

// `hosts` of 16 cores, two a rack: h0 and h1 on r0, h2 and h3 on r1, ...
CopiedState a_copy(int hosts) {
  CopiedState state{.cluster_id = "c1", .at = kCopied};
  for (int i = 0; i < hosts; ++i)
    state.changes.push_back(HostSaved{a_host("h" + std::to_string(i), "r" + std::to_string(i / 2))});
  return state;
}

Forecast forecast_of(const CopiedState& state, const WhatIf& changes, SchedulerSettings settings = {}) {
  auto result = forecast(state, changes, std::move(settings));
  REQUIRE(result.ok());
  INFO(result->unsettled);
  CHECK(result->unsettled == "");
  return std::move(*result);
}

TEST_CASE("what ran on a lost rack runs elsewhere if there is room, and the rest waits with its reason") {
  CopiedState state = a_copy(4);
  const TaskConfig web = service("www/prod/web", 7);  // two a host, with their executors
  for (int i = 0; i < 6; ++i) state.changes.push_back(TaskSaved{running(web, i, "h" + std::to_string(i / 2))});
  const Forecast lost = forecast_of(state, {.lose = {HostId("h0"), HostId("h1")}});

  REQUIRE(lost.moved.size() == 4);
  const auto found_host = std::ranges::count_if(lost.moved, [](const Moved& moved) { return moved.to == "h3"; });
  CHECK(found_host == 2);
  CHECK_THAT(lost.moved[0].why, Catch::Contains("has not reported"));
  REQUIRE(lost.pending.size() == 1);
  CHECK(to_string(lost.pending[0].job) == "www/prod/web");
  CHECK(to_set(lost.pending[0].instances).size() == 2);
  CHECK_FALSE(lost.pending[0].waited_before);
  CHECK_THAT(lost.pending[0].sentence, Catch::StartsWith("2 of 2 hosts: Insufficient: CPU"));
  REQUIRE(lost.hosts.size() == 2);
  CHECK(lost.hosts[0].name == "r0");
  CHECK(lost.hosts[0].before.hosts == 2);
  CHECK(lost.hosts[0].after == Fill{});
  CHECK(lost.hosts[1].before.tasks == 2);
  CHECK(lost.hosts[1].after.tasks == 4);
  CHECK(lost.hosts[1].after.used.cpus == 4 * 7.25);
  CHECK(lost.all.after.capacity.cpus == 32);
  REQUIRE(lost.roles.size() == 1);
  CHECK(lost.roles[0].before.used.cpus == 42);
  CHECK(lost.roles[0].after.used.cpus == 28);
}

TEST_CASE("instances that waited before are told apart from those that wait anew") {
  CopiedState state = a_copy(1);
  const TaskConfig web = service("www/prod/web", 12);
  state.changes.push_back(TaskSaved{running(web, 0, "h0")});
  for (int i = 1; i < 4; ++i) state.changes.push_back(TaskSaved{a_task({.instance = i, .config = web, .at = kCopied})});
  const Forecast lost = forecast_of(state, {.lose = {HostId("h0")}});
  REQUIRE(lost.pending.size() == 2);
  for (const Waiting& waiting : lost.pending)
    CHECK(to_set(waiting.instances) == (waiting.waited_before ? std::set<int32_t>{1, 2, 3} : std::set<int32_t>{0}));
}

TEST_CASE("hosts that are added take what waits") {
  CopiedState state = a_copy(1);
  state.changes.push_back(TaskSaved{a_task({.config = service("www/prod/web", 20), .at = kCopied})});
  Host host = a_host("new", "r9");
  host.capacity.cpus = 32;
  CHECK(forecast_of(state, {.lose = {HostId("h0")}}).pending.size() == 1);
  const Forecast added = forecast_of(state, {.add_hosts = {host}});
  CHECK(added.pending.empty());
  CHECK(added.hosts.back().name == "r9");
  CHECK(added.hosts.back().after.tasks == 1);
}

TEST_CASE("a job that is added may have others go, which wait then") {
  CopiedState state = a_copy(1);
  const TaskConfig batch = service("ads/prod/batch", 7);
  for (int i = 0; i < 2; ++i) state.changes.push_back(TaskSaved{running(batch, i, "h0")});
  state.changes.push_back(QuotaSaved{{"www", {.cpus = 100, .ram_mb = 1 << 20, .disk_mb = 1 << 20}}});
  const TaskConfig web = service("www/prod/web", 7, "preferred");
  const Forecast added = forecast_of(state, {.add = {a_job_of(web)}});
  REQUIRE(added.added.size() == 1);
  CHECK(added.added[0].refusal == "");
  CHECK(added.added[0].placed == 1);
  REQUIRE(added.preempted.size() == 1);
  CHECK(to_string(added.preempted[0].job) == "ads/prod/batch");
  CHECK_THAT(added.preempted[0].why, Catch::StartsWith("Preempting in favor of www-prod-web-0"));
  CHECK(added.preempted[0].to == "");
  CHECK(added.pending.size() == 1);
}

TEST_CASE("a job that the scheduler would refuse is told with its words") {
  CopiedState state = a_copy(1);
  const Forecast added = forecast_of(state, {.add = {a_job_of(service("www/prod/web", 7, "preferred"))}});
  REQUIRE(added.added.size() == 1);
  CHECK_THAT(added.added[0].refusal, Catch::Contains("quota"));
  CHECK(added.added[0].placed == 0);
}

TEST_CASE("a drain goes as far as policies let it") {
  CopiedState state = a_copy(2);
  TaskConfig web = service("www/prod/web", 1, "preferred");
  web.sla_policy = CountSlaPolicy{.count = 19, .duration_secs = 0};
  for (int i = 0; i < 20; ++i) {
    TaskConfig small = web;
    small.resources.cpus = 0.6;
    state.changes.push_back(TaskSaved{running(small, i, i < 2 ? "h0" : "h1")});
  }
  const Forecast held = forecast_of(state, {.drain = {HostId("h0")}});
  REQUIRE(held.drains.size() == 1);
  CHECK_FALSE(held.drains[0].is_empty);
  CHECK(held.drains[0].tasks == 1);  // the other waits: there is no room elsewhere
  CHECK(held.pending.size() == 1);
  CHECK(held.drains[0].jobs == std::vector<std::string>{"www/prod/web"});

  for (Change& change : state.changes) {
    auto* saved = std::get_if<TaskSaved>(&change);
    if (saved == nullptr) continue;
    TaskConfig free = *saved->task.config;
    free.sla_policy.reset();
    free.tier = "preemptible";
    free.production = false;
    free.resources.cpus = 0.25;
    saved->task.config = TaskConfigRef(free);
  }
  const Forecast drained = forecast_of(state, {.drain = {HostId("h0")}});
  CHECK(drained.drains[0].is_empty);
  CHECK(drained.moved.size() == 2);
  CHECK(drained.pending.empty());
}

TEST_CASE("what is on its way in a copy arrives before anything is changed") {
  CopiedState state = a_copy(2);
  const TaskConfig web = service("www/prod/web", 1);
  state.changes.push_back(TaskSaved{a_task({.status = TaskStatus::Pending, .instance = 0, .config = web, .at = kCopied})});
  state.changes.push_back(TaskSaved{a_task({.status = TaskStatus::Assigned, .instance = 1, .config = web, .host = "h0", .at = kCopied})});
  state.changes.push_back(TaskSaved{a_task({.status = TaskStatus::Killing, .instance = 2, .config = web, .host = "h0", .at = kCopied})});
  const Forecast result = forecast_of(state, {.add_hosts = {a_host("h9", "r9")}});
  CHECK(result.pending.empty());
  CHECK(result.moved.empty());
  CHECK(result.all.before.tasks == 2);
  CHECK(result.all.after.tasks == 2);
}

TEST_CASE("hosts with partitioned tasks were down already, and do not come back") {
  CopiedState state = a_copy(2);
  const TaskConfig web = service("www/prod/web", 1);
  Task task = running(web, 0, "h0");
  task.events.push_back({kCopied - minutes(1), TaskStatus::Partitioned, "gone", "scheduler"});
  task.status = TaskStatus::Partitioned;
  state.changes.push_back(TaskSaved{task});
  const Forecast result = forecast_of(state, {.add_hosts = {a_host("h9", "r9")}});
  CHECK(result.all.before.hosts == 1);
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::StartsWith("1 hosts were not heard when the copy was made, h0"));
}

TEST_CASE("the same copy and changes give the same forecast") {
  CopiedState state = a_copy(20);
  for (int i = 0; i < 60; ++i)
    state.changes.push_back(TaskSaved{running(service("www/prod/web" + std::to_string(i % 7), 4), i, "h" + std::to_string(i % 20))});
  const WhatIf changes{.lose = {HostId("h3"), HostId("h4"), HostId("h5"), HostId("h6")}};
  const Forecast first = forecast_of(state, changes);
  CHECK(first.moved.size() == 12);
  CHECK(codec::encode_json(first) == codec::encode_json(forecast_of(state, changes)));
}

TEST_CASE("a later moment is one with the cron runs until then, and has limits") {
  CopiedState state = a_copy(1);
  JobConfiguration nightly = a_job("ops/prod/nightly");
  nightly.cron_schedule = "0 * * * *";
  nightly.task_config.resources.cpus = 4;
  state.changes.push_back(CronJobSaved{CronJob{nightly, "user", kCopied - hours(24)}});
  state.changes.push_back(CronProgressed{nightly.key, {.followed_to = kCopied, .wait = {}, .runs = {}}});
  CHECK(forecast_of(state, {.add_hosts = {a_host("h9", "r9")}}).all.before.tasks == 0);
  const Forecast later = forecast_of(state, {.add_hosts = {a_host("h9", "r9")}, .at = kCopied + hours(3)});
  CHECK(later.all.before.tasks == 1);
  CHECK(later.changed_at >= kCopied + hours(3));
  // At a moment of its schedule a run waits for the end of the one before: it comes yet.
  const Forecast sharp = forecast_of(state, {.add_hosts = {a_host("h9", "r9")}, .at = kCopied + minutes(106) + seconds(40)});
  CHECK(sharp.all.before.tasks == 1);
  CHECK_THAT(forecast(state, {.at = kCopied - hours(1)}, {}).error().message, Catch::StartsWith("the copy was made at"));
  CHECK_THAT(forecast(state, {.at = kCopied + hours(24 * 8)}, {}).error().message, Catch::Contains("at most 7 days"));
}

}  // namespace
}  // namespace aurora::scheduler

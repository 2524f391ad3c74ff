#include "aurora/core/summary/overview.h"

#include <catch2/catch.hpp>

#include "aurora/core/summary/task_figures.h"

#include "support/decider.h"

namespace aurora::core {
namespace {

using Status = TaskStatus;

struct Bench {
  test::Decider decider;

  void add(const std::string& job, Status status, int32_t instance = 0, Duration ago = {}, bool production = false) {
    TaskConfig config = test::a_config(job);
    config.production = production;
    test::TaskRecipe recipe{.status = status, .instance = instance, .config = config, .suffix = job + std::to_string(instance)};
    recipe.at = decider.clock.now() - ago;
    decider.add(test::a_task(recipe));
  }
  Overview look(size_t at_a_time = 100) {
    Overview overview;
    for (size_t offset = 0; add_jobs(overview, decider.cluster, {offset, at_a_time}, decider.clock.now()) == at_a_time;) offset += at_a_time;
    for (size_t from = 0; add_hosts(overview, decider.cluster, from, at_a_time);) from += at_a_time;
    for (size_t offset = 0; add_roles(overview, decider.cluster, {offset, at_a_time}) == at_a_time;) offset += at_a_time;
    explain_troubled(overview, decider.cluster);
    return overview;
  }
};

std::string text_of(const Overview& overview) {
  std::string text;
  for (const TroubledJob& job : overview.troubled)
    text += job.key.name + " " + std::string(enum_name(job.trouble)) + " " + std::to_string(job.tasks) + "/" + std::to_string(job.active) + "\n";
  return text;
}

TEST_CASE("jobs in trouble come worst first, production before all") {
  Bench bench;
  bench.add("www/prod/fine", Status::Running);
  bench.add("www/prod/done", Status::Finished);
  bench.add("www/prod/waits", Status::Pending, 0);
  bench.add("www/prod/waits", Status::Pending, 1);
  bench.add("www/prod/waits", Status::Running, 2);
  bench.add("www/prod/flaps", Status::Throttled, 0);
  bench.add("www/prod/flaps", Status::Running, 1);
  bench.add("www/prod/failed", Status::Failed, 0, hours(5));
  bench.add("www/prod/shaky", Status::Failed, 0, minutes(1));
  bench.add("www/prod/shaky", Status::Running, 1);
  bench.add("www/prod/healed", Status::Failed, 0, hours(1));
  bench.add("www/prod/healed", Status::Running, 1);
  bench.add("www/prod/sells", Status::Pending, 0, {}, true);
  for (const size_t at_a_time : {1u, 2u, 100u}) {
    const Overview seen = bench.look(at_a_time);
    CHECK(text_of(seen) ==
          "sells WAITING 1/1\nfailed FAILED 1/0\nflaps FLAPPING 1/2\nshaky UNSTABLE 1/1\nwaits WAITING 2/3\n");
    CHECK(seen.troubled_counts == std::array<int64_t, 4>{1, 1, 1, 2});
  }
}

TEST_CASE("of very many jobs in trouble the worst are shown, and all are counted") {
  Bench bench;
  for (int number = 0; number < 50; ++number) {
    const std::string job = "www/prod/job" + std::to_string(number);
    for (int instance = 0; instance <= number % 30; ++instance) bench.add(job, Status::Pending, instance);
  }
  const Overview seen = bench.look();
  CHECK(seen.troubled.size() == Overview::kShown);
  CHECK(seen.troubled_counts[static_cast<size_t>(Trouble::Waiting)] == 50);
  CHECK(seen.troubled.front().key.name == "job29");
  CHECK(seen.troubled.front().tasks == 30);
}

TEST_CASE("why a job is in trouble is one sentence") {
  Bench bench;
  Task failed = test::a_task({.status = Status::Failed, .config = test::a_config("www/prod/a"), .suffix = "a"});
  failed.end_reason = EndReason{.cause = EndCause::Exited, .process = "main", .exit_code = 3};
  bench.decider.add(failed);
  bench.add("www/prod/b", Status::Pending);
  const Overview seen = bench.look();
  REQUIRE(seen.troubled.size() == 2);
  CHECK(seen.troubled[0].reason == "process 'main' exited with code 3");
  CHECK(seen.troubled[0].since == last_event_at(failed));
  CHECK_FALSE(seen.troubled[1].reason.empty());
}

TEST_CASE("hosts that are missing or being drained are named, and what is connected is summed") {
  Bench bench;
  const auto add_host = [&](const std::string& name, bool is_heard, MaintenanceMode mode = MaintenanceMode::None) {
    Host host = test::a_host(name);
    host.mode = mode;
    bench.decider.apply({HostSaved{host}});
    if (is_heard) bench.decider.apply({HostSeen{host.id, "s", 1, bench.decider.clock.now()}});
  };
  add_host("h1", true);
  add_host("h2", true, MaintenanceMode::Draining);
  add_host("h3", false);
  TaskConfig config = test::a_config("www/prod/web");
  config.resources.cpus = 8;
  config.executor_config.reset();
  bench.decider.add(test::a_task({.status = Status::Running, .config = config, .host = "h1"}));
  const Overview seen = bench.look(1);
  CHECK(seen.hosts == 3);
  CHECK(seen.connected_hosts == 2);
  REQUIRE(seen.missing.size() == 1);
  CHECK(seen.missing[0].host == HostId("h3"));
  CHECK(seen.draining == std::vector<HostId>{HostId("h2")});
  CHECK(seen.capacity.cpus == 32);
  CHECK(seen.available.cpus == 24);
  REQUIRE(seen.roles.size() == 1);
  CHECK(seen.roles[0].role == "www");
  CHECK(seen.roles[0].use.cpus == 8);
  CHECK(seen.roles[0].share == 0.25);
}

}  // namespace
}  // namespace aurora::core

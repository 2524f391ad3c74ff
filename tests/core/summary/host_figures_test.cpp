#include "aurora/core/summary/host_figures.h"

#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

struct Bench {
  test::Decider decider;

  void add_host(Host host, bool is_heard = true) {
    decider.apply({HostSaved{host}});
    if (is_heard) decider.apply({HostSeen{host.id, "s", 1, decider.clock.now()}});
  }
  // So many hosts at a time.
  HostFigures look(size_t count) {
    HostFigures figures;
    for (std::optional<size_t> next = 0; next;)
      next = add_hosts(figures, decider.cluster, *next, count, decider.settings, decider.clock.now());
    return figures;
  }
  Figures slots(size_t count = 100) {
    Figures figures;
    look(count).slots.put_into(figures);
    return figures;
  }
};

TEST_CASE("slots are counted in what hosts have left, by kind of host and of cores") {
  Bench bench;
  CHECK(bench.slots().size() == 16);
  CHECK(bench.slots().at("empty_slots_small") == 0);

  bench.add_host(test::a_host("h1"));  // 16 cores, 16 GB
  bench.add_host(test::a_host("silent"), false);
  Host revocable = test::a_host("h2");
  revocable.capacity.revocable_cpus = 4;
  bench.add_host(revocable);
  Host dedicated = test::a_host("h3");
  dedicated.attributes["dedicated"] = {"www/db"};
  bench.add_host(dedicated);
  TaskConfig config = test::a_service();
  config.resources.cpus = 7;
  config.executor_config.reset();
  bench.decider.add(test::a_task({.status = TaskStatus::Running, .config = config, .host = "h1"}));

  for (const size_t at_a_time : {1u, 3u, 100u}) {
    const Figures slots = bench.slots(at_a_time);
    CHECK(slots.at("empty_slots_small") == 9 + 16);
    CHECK(slots.at("empty_slots_medium") == 1 + 2);
    CHECK(slots.at("empty_slots_large") == 0 + 1);
    CHECK(slots.at("empty_slots_xlarge") == 0);
    CHECK(slots.at("empty_slots_revocable_small") == 4);
    CHECK(slots.at("empty_slots_revocable_medium") == 1);
    CHECK(slots.at("empty_slots_dedicated_small") == 16);
    CHECK(slots.at("empty_slots_dedicated_revocable_small") == 0);
  }
}

TEST_CASE("tasks on a host that is drained have so long left") {
  Bench bench;
  Host host = test::a_host("h1");
  host.mode = MaintenanceMode::Draining;
  host.drain = DrainRequest{.policy = CountSlaPolicy{1, 0}, .timeout_secs = 600, .created = bench.decider.clock.now(), .user = "me"};
  bench.add_host(host);
  bench.add_host(test::a_host("h2"));
  bench.decider.add(test::a_task({.status = TaskStatus::Running, .instance = 3, .host = "h1"}));
  bench.decider.add(test::a_task({.status = TaskStatus::Running, .instance = 4, .host = "h2"}));
  bench.decider.clock.advance(seconds(100));

  HostFigures looked = bench.look(1);
  Figures figures;
  looked.countdowns.put_into(figures);
  CHECK(figures == Figures{{"maintenance_countdown_ms_www/prod/web/3", 500'000}});
  CHECK(looked.countdowns.without_request == 0);
  CHECK(bench.slots().at("empty_slots_small") == 14);  // of h2: the task has 1.25 cores

  bench.decider.clock.advance(minutes(10));
  looked = bench.look(1);
  figures.clear();
  looked.countdowns.put_into(figures);
  CHECK(figures.at("maintenance_countdown_ms_www/prod/web/3") == -100'000);
}

TEST_CASE("a drain that nobody asked for is told") {
  Bench bench;
  Host host = test::a_host("h1");
  host.mode = MaintenanceMode::Draining;
  bench.decider.apply({HostSaved{host}});
  CHECK(bench.look(10).countdowns.without_request == 1);
}

}  // namespace
}  // namespace aurora::core

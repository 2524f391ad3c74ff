// Instances that go back to their hosts (Aurora 0.22, spec/scheduler.md §4.3, §9.8).
#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using Text = std::string;

struct Site : test::Decider {
  Site() { config.resources.cpus = 0.75; }  // with the executor's share: one

  void add_host(const Text& name, double cpus = 4, MaintenanceMode mode = MaintenanceMode::None) {
    Host host = test::a_host(name);
    host.capacity.cpus = cpus;
    host.mode = mode;
    const HostId id = host.id;
    apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, clock.now()}});
  }
  InstanceKey keep(int32_t instance, const Text& host) {
    const InstanceKey key{config.job, instance};
    apply({InstanceKept{key, HostId(host), clock.now() + minutes(3)}});
    return key;
  }
  void wait(int32_t instance) { add(test::a_task({.instance = instance, .config = config, .at = clock.now()})); }
  PlacementResult place(int32_t tasks_max = 1000) {
    const auto decision = run(PlaceTasks{{TaskConfigRef(config).hash()}, tasks_max, false});
    REQUIRE(decision.ok());
    CHECK(cluster.check_invariants() == std::nullopt);
    return std::get<PlacementResult>(decision->answer);
  }
  Text host_of(int32_t instance) { return cluster.find_active({config.job, instance})->host.value(); }
  Text reason() { return cluster.find_pending_reason(TaskConfigRef(config).hash())->reason; }

  TaskConfig config = test::a_service("www/prod/web");
};

TEST_CASE("an instance goes back to the host that is kept for it", "[placement][affinity]") {
  Site site;
  for (int i = 0; i < 20; ++i) site.add_host("h" + std::to_string(i));
  const InstanceKey key = site.keep(0, "h7");
  site.wait(0);
  CHECK(site.place().placed == 1);
  CHECK(site.host_of(0) == "h7");
  CHECK(site.cluster.find_kept(key) == nullptr);
}

TEST_CASE("it waits while that host has no room, and others of its job do not", "[placement][affinity]") {
  Site site;
  site.add_host("h1", 0.5);
  site.add_host("h2");
  site.keep(0, "h1");
  site.wait(0);
  site.wait(1);
  const PlacementResult result = site.place();
  CHECK(result.placed == 1);
  CHECK(result.unplaced.size() == 1);
  CHECK(site.host_of(0).empty());
  CHECK(site.host_of(1) == "h2");
  CHECK(site.reason() == "Waits for its host h1: Insufficient: CPU");
}

TEST_CASE("others do not go to a kept host, and say why", "[placement][affinity]") {
  Site site;
  site.add_host("h1");
  site.keep(0, "h1");
  site.wait(1);
  CHECK(site.place().placed == 0);
  CHECK(site.reason() == "Host is reserved");
}

TEST_CASE("an instance behind a task that finds no host goes back all the same", "[placement][affinity]") {
  Site site;
  site.add_host("h1", 1);
  site.keep(5, "h1");
  site.wait(1);
  site.wait(5);
  CHECK(site.place().placed == 1);
  CHECK(site.host_of(1).empty());
  CHECK(site.host_of(5) == "h1");
}

TEST_CASE("several instances come back to one host", "[placement][affinity]") {
  Site site;
  site.add_host("h1", 3);
  site.add_host("h2", 3);
  for (int32_t i = 0; i < 3; ++i) {
    site.keep(i, "h1");
    site.wait(i);
  }
  CHECK(site.place(2).placed == 2);  // a full round; the third keeps its claim
  CHECK(site.place().placed == 1);
  for (int32_t i = 0; i < 3; ++i) CHECK(site.host_of(i) == "h1");
  CHECK(site.cluster.list_kept().empty());
}

TEST_CASE("a host that is gone or being emptied is waited for by nobody", "[placement][affinity]") {
  Site site;
  site.add_host("h2");
  SECTION("emptied") { site.add_host("h1", 4, MaintenanceMode::Draining); }
  SECTION("unknown") {}
  SECTION("gone") {
    site.add_host("h1");
    site.apply({HostGone{HostId("h1")}});
  }
  site.keep(0, "h1");
  site.wait(0);
  CHECK(site.place().placed == 1);
  CHECK(site.host_of(0) == "h2");
  CHECK(site.cluster.list_kept().empty());
}

TEST_CASE("a host that others are to have by preemption is not taken back", "[placement][affinity]") {
  Site site;
  site.add_host("h1");
  TaskConfig other = test::a_service("ads/prod/web");
  site.add(test::a_task({.config = other, .at = site.clock.now()}));
  site.apply({HostReserved{HostId("h1"), TaskConfigRef(other).hash(), site.clock.now() + minutes(3)}});
  site.keep(0, "h1");
  site.wait(0);
  CHECK(site.place().placed == 0);
  CHECK(site.reason() == "Waits for its host h1: Host is reserved");
}

TEST_CASE("a claim ends with its time", "[placement][affinity]") {
  Site site;
  site.add_host("h1", 0.5);
  site.add_host("h2");
  const InstanceKey key = site.keep(0, "h1");
  site.wait(0);
  site.clock.advance(minutes(3) - milliseconds(1));
  REQUIRE(site.run(ReleaseInstance{key}).ok());
  CHECK(site.cluster.find_kept(key) != nullptr);
  site.clock.advance(milliseconds(1));
  REQUIRE(site.run(ReleaseInstance{key}).ok());
  CHECK(site.cluster.find_kept(key) == nullptr);
  CHECK(site.place().placed == 1);
  CHECK(site.host_of(0) == "h2");
}

TEST_CASE("nobody has to go from a kept host, nor for an instance that waits for its own", "[placement][affinity]") {
  Site site;
  site.settings.preemption.delay = Duration{};
  site.add_host("h1", 1);
  site.config.production = true;
  site.config.tier = "preferred";
  TaskConfig lesser = test::a_service("ads/prod/batch");
  lesser.resources.cpus = 0.75;
  const TaskId id = site.add(test::a_task({.status = TaskStatus::Running, .config = lesser, .host = "h1"})).id;
  site.keep(0, "h1");
  site.wait(0);
  site.wait(1);
  REQUIRE(site.run(PlaceTasks{{TaskConfigRef(site.config).hash()}}).ok());
  CHECK(site.cluster.find_task(id)->status == TaskStatus::Running);
}

}  // namespace
}  // namespace aurora::core

#include <catch2/catch.hpp>

#include "core/cluster/host_index.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

// A cluster whose hosts are walked in an order.
struct Site {
  explicit Site(OfferOrder order) : cluster({}, std::move(order)) {}

  void add_host(const std::string& name, double cpus, int64_t ram_mb = 16'384, const std::string& rack = "r1") {
    Host host = test::a_host(name, rack);
    host.capacity.cpus = cpus;
    host.capacity.ram_mb = ram_mb;
    const HostId id = host.id;
    apply({HostSaved{std::move(host)}, HostSeen{id, "s", 1, clock.now()}});
  }
  // The hosts of the tasks, in the order in which they were placed.
  std::vector<std::string> place(const TaskConfig& config, int32_t count, int32_t first = 0) {
    for (int32_t i = first; i < first + count; ++i)
      apply({TaskSaved{test::a_task({.instance = i, .config = config, .at = clock.now()})}});
    const Context context{clock.now(), rng, scheduler_host, settings};
    const auto decision = decide(cluster, PlaceTasks{.groups = {TaskConfigRef(config).hash()}}, context);
    REQUIRE(decision.ok());
    apply(decision->changes);
    CHECK(cluster.check_invariants() == std::nullopt);
    std::vector<std::string> hosts;
    for (const Effect& effect : decision->effects) hosts.push_back(host_of(effect).value());
    return hosts;
  }
  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) cluster.apply(change);
  }

  Cluster cluster;
  SchedulerSettings settings;
  test::FakeClock clock;
  Rng rng{1};
  SharedText scheduler_host = "scheduler";
};

TaskConfig a_config_of(double cpus, const std::string& job = "www/prod/web") {
  TaskConfig config = test::a_config(job);
  config.resources.cpus = cpus - 0.25;  // with the executor's share: `cpus`
  return config;
}

using Hosts = std::vector<std::string>;

TEST_CASE("packing fills the fullest host that has room, then the next", "[placement]") {
  Site site({.keys = {OfferKey::Cpu}, .spread_over = ""});
  site.add_host("large", 16);
  site.add_host("small", 2);
  site.add_host("middle", 4);
  CHECK(site.place(a_config_of(1), 7) == Hosts{"small", "small", "middle", "middle", "middle", "middle", "large"});
  CHECK(site.place(a_config_of(3, "www/prod/big"), 1) == Hosts{"large"});
}

TEST_CASE("of hosts that are equal in one amount the next decides", "[placement]") {
  Site site({.keys = {OfferKey::Cpu, OfferKey::Memory}, .spread_over = ""});
  site.add_host("a", 8, 8'000);
  site.add_host("b", 8, 4'000);
  CHECK(site.place(a_config_of(1), 1) == Hosts{"b"});
}

TEST_CASE("a packed cluster takes what no host in the order's reach takes", "[placement]") {
  Site site({.keys = {OfferKey::Cpu}, .spread_over = ""});
  for (int i = 0; i < 1'200; ++i) site.add_host("h" + std::to_string(i), 4, 200);  // 128 MB and the executor's do not fit
  site.add_host("roomy", 8);
  CHECK(site.place(a_config_of(1), 2) == Hosts{"roomy", "roomy"});
}

TEST_CASE("ranks put hosts without revocable cores last", "[placement]") {
  const OfferOrder order{.keys = {OfferKey::RevocableCpu, OfferKey::Disk}, .spread_over = ""};
  ResourceTotals none;
  ResourceTotals some;
  some.revocable_cpus = 100;
  CHECK(rank_of(some, order) < rank_of(none, order));
  ResourceTotals more_disk = some;
  more_disk.disk_mb = 1;
  CHECK(rank_of(some, order) < rank_of(more_disk, order));
}

TEST_CASE("spreading evens the tasks of a job out over racks of different sizes", "[placement]") {
  Site site({.keys = {}, .spread_over = "rack"});
  for (int i = 0; i < 40; ++i) site.add_host("a" + std::to_string(i), 16, 16'384, "a");
  for (int i = 0; i < 10; ++i) site.add_host("b" + std::to_string(i), 16, 16'384, "b");
  for (int i = 0; i < 10; ++i) site.add_host("c" + std::to_string(i), 16, 16'384, "c");
  std::map<char, int> racks;
  for (const std::string& host : site.place(a_config_of(1), 60)) ++racks[host[0]];
  for (const char rack : {'a', 'b', 'c'}) CHECK((racks[rack] >= 18 && racks[rack] <= 22));
}

TEST_CASE("spreading is soft: where there is one rack left it is used", "[placement]") {
  Site site({.keys = {}, .spread_over = "rack"});
  site.add_host("a", 2, 16'384, "a");
  site.add_host("b", 16, 16'384, "b");
  CHECK(site.place(a_config_of(1), 12).size() == 12);
}

}  // namespace
}  // namespace aurora::core

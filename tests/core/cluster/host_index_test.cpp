#include "core/cluster/host_index.h"

#include <catch2/catch.hpp>

#include "aurora/base/rng.h"
#include "support/builders.h"

namespace aurora::core {
namespace {

using test::a_host;

ResourceTotals random_amounts(Rng& rng) {
  return {.cpus = static_cast<double>(rng.below(5)),
          .ram_mb = static_cast<int64_t>(rng.below(5)),
          .disk_mb = static_cast<int64_t>(rng.below(5)),
          .gpus = static_cast<int64_t>(rng.below(2)),
          .ports = static_cast<int64_t>(rng.below(5)),
          .revocable_cpus = static_cast<double>(rng.below(3))};
}

size_t scan(const std::vector<ResourceTotals>& rooms, const ResourceTotals& need, size_t from) {
  while (from < rooms.size() && !fits(need, rooms[from])) ++from;
  return from;
}

TEST_CASE("the index finds the same host as a scan", "[placement]") {
  Rng rng(7);
  HostIndex index;
  std::vector<ResourceTotals> rooms;
  std::map<size_t, Host> hosts;
  for (int step = 0; step < 3000; ++step) {
    const size_t position = rng.below(rooms.size() + (rooms.size() < 40 ? 1 : 0));
    if (position == rooms.size()) {
      rooms.emplace_back();
      REQUIRE(index.add(hosts.try_emplace(position, a_host("h" + std::to_string(position))).first->second) ==
              position);
    }
    rooms[position] = random_amounts(rng);
    index.update(position, true, rooms[position], rooms[position]);
    const ResourceTotals need = random_amounts(rng);
    const size_t from = rng.below(rooms.size() + 1);
    REQUIRE(index.size() == rooms.size());
    REQUIRE(index.find_room(need, from) == scan(rooms, need, from));
  }
}

TEST_CASE("a host offers nothing while it is not connected or is emptied", "[placement]") {
  struct Case {
    MaintenanceMode mode;
    bool connected;
    bool offers;
  };
  const Case cases[] = {{MaintenanceMode::None, true, true},
                        {MaintenanceMode::Scheduled, true, true},
                        {MaintenanceMode::Draining, true, false},
                        {MaintenanceMode::Drained, true, false},
                        {MaintenanceMode::None, false, false}};
  for (const Case& c : cases) {
    CAPTURE(enum_name(c.mode), c.connected);
    HostIndex index;
    Host host = a_host();
    index.update(index.add(host), true, host.capacity, host.capacity);
    host.mode = c.mode;
    index.update(0, c.connected, host.capacity, host.capacity);
    CHECK((index.find_room({}, 0) == 0) == c.offers);
  }
}

TEST_CASE("sums of tenths of a core fill a host exactly", "[placement]") {
  ResourceTotals room{.cpus = 1};
  const ResourceTotals need{.cpus = 0.1};
  for (int i = 0; i < 10; ++i) {
    REQUIRE(fits(need, room));
    room -= need;
  }
  CHECK_FALSE(fits(need, room));
}

TEST_CASE("hosts that may take more than before", "[placement]") {
  HostIndex index;
  const Host a = a_host("a");
  const Host b = a_host("b");
  using Positions = std::vector<size_t>;
  const size_t at_a = index.add(a);
  const size_t at_b = index.add(b);
  index.update(at_a, true, {.cpus = 4}, {.cpus = 4});
  index.update(at_b, true, {.cpus = 4}, {.cpus = 4});
  CHECK(index.improved_since(0) == Positions{0, 1});
  uint64_t version = index.version();
  index.update(at_a, true, {.cpus = 3}, {.cpus = 3});
  index.update(at_b, false, {.cpus = 4}, {.cpus = 4});
  CHECK(index.improved_since(version).empty());
  index.update(at_b, true, {.cpus = 4}, {.cpus = 4});
  index.update(at_a, true, {.cpus = 2, .ports = 1}, {.cpus = 2, .ports = 1});
  CHECK(index.improved_since(version) == Positions{1, 0});
  version = index.version();
  index.note_changed(at_b);
  CHECK(index.improved_since(version) == Positions{1});
}

}  // namespace
}  // namespace aurora::core

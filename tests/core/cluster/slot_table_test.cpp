// Slots against a naive model: every slot that was ever given, and the record that it stood for.
#include "core/cluster/slot_table.h"

#include <catch2/catch.hpp>

#include <map>

#include "aurora/base/rng.h"

namespace aurora::core {
namespace {

struct Given {
  Slot slot;
  int value = 0;
  bool is_gone = false;
};

// A random history; the number of steps until the table says something else than the model, or all of them.
template <typename Table>
int steps_in_agreement(uint64_t seed, int steps) {
  Rng dice(seed);
  Table table;
  std::vector<Given> given;
  for (int step = 0; step < steps; ++step) {
    if (given.empty() || dice.below(2) == 0) {
      const Slot slot = table.insert();
      *table.find(slot) = step;
      given.push_back({slot, step});
    } else if (Given& chosen = given[dice.below(given.size())]; !chosen.is_gone) {
      table.erase(chosen.slot);
      chosen.is_gone = true;
    }
    const Given& asked = given[dice.below(given.size())];
    const int* found = table.find(asked.slot);
    if (asked.is_gone ? found != nullptr : found == nullptr || *found != asked.value) return step;
  }
  return steps;
}

struct Named {
  std::string name;
  int value = 0;
  const std::string& key() const { return name; }
};

TEST_CASE("a slot stands for its record until that is gone, and for no other after that") {
  for (uint64_t seed = 1; seed <= 20; ++seed) CHECK(steps_in_agreement<SlotTable<int>>(seed, 5'000) == 5'000);
}

TEST_CASE("the planted bug of slots that are used again too early is found") {
  CHECK(steps_in_agreement<SlotTable<int, false>>(1, 5'000) < 100);
}

TEST_CASE("a slot that nobody was given finds nothing") {
  SlotTable<int> table;
  CHECK(table.find(Slot{}) == nullptr);
  const Slot slot = table.insert();
  CHECK(table.find(Slot{}) == nullptr);
  CHECK(table.find(Slot{slot.index, slot.generation + 1}) == nullptr);
  CHECK(table.find(Slot{slot.index + 100'000, slot.generation}) == nullptr);
}

TEST_CASE("records do not move") {
  SlotTable<int> table;
  const Slot first = table.insert();
  const int* record = table.find(first);
  for (int i = 0; i < 10'000; ++i) table.insert();
  CHECK(table.find(first) == record);
}

TEST_CASE("a table by key agrees with a map, in its order too") {
  for (const uint64_t names : {5, 300, 20'000}) {
    Rng dice(names);
    OrderedTable<Named> table;
    std::map<std::string, int> model;
    uint64_t number = 0;
    for (int step = 0; step < 20'000; ++step) {
      number = dice.below(3) == 0 ? dice.below(names) : (number + 1) % names;  // often next to the one before
      const std::string name = "name-" + std::to_string(number);
      const Slot found = table.find(name);
      REQUIRE(found.empty() == !model.contains(name));
      if (found.empty()) {
        table.insert({name, step});
        model[name] = step;
      } else if (dice.below(2) == 0) {
        REQUIRE(table[found].value == model[name]);
        table.erase(found);
        model.erase(name);
        REQUIRE(table.find(found) == nullptr);
      }
    }
    REQUIRE(table.size() == model.size());
    auto wanted = model.begin();
    for (const Slot slot : table.in_order()) {
      CHECK(table[slot].name == wanted->first);
      CHECK(table[slot].value == wanted->second);
      CHECK(table.find(wanted->first) == slot);
      ++wanted;
    }
  }
}

}  // namespace
}  // namespace aurora::core

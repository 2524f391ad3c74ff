#include "core/update/batch_strategy.h"

#include <catch2/catch.hpp>

#include "aurora/base/rng.h"

namespace aurora::core {
namespace {

using enum UpdateDirection;

TEST_CASE("the older settings mean a strategy", "[update]") {
  UpdateSettings settings;
  settings.update_group_size = 3;
  CHECK(strategy_of(settings) == UpdateStrategy(QueueStrategy{3}));
  settings.wait_for_batch_completion = true;
  CHECK(strategy_of(settings) == UpdateStrategy(BatchStrategy{3, false}));
  settings.update_strategy = VariableBatchStrategy{{1, 2}, true};
  CHECK(strategy_of(settings) == UpdateStrategy(VariableBatchStrategy{{1, 2}, true}));
}

TEST_CASE("create, update, kill; back in reverse", "[update]") {
  const std::set<int32_t> initial = {0, 1, 5, 6};
  const std::set<int32_t> desired = {0, 1, 2, 3};
  CHECK(order_instances(initial, desired, Forward) == std::vector<int32_t>{2, 3, 0, 1, 5, 6});
  CHECK(order_instances(initial, desired, Back) == std::vector<int32_t>{6, 5, 1, 0, 3, 2});
}

// The group sizes of a rollout in which every group is over before the next is asked for.
std::vector<size_t> groups_of(const UpdateStrategy& strategy, size_t total, UpdateDirection direction) {
  std::vector<size_t> sizes;
  for (size_t idle = total; idle > 0;) {
    sizes.push_back(next_group_size(strategy, {idle, 0, total}, direction));
    REQUIRE(sizes.back() > 0);
    idle -= sizes.back();
  }
  return sizes;
}

TEST_CASE("group sizes of a whole rollout", "[update]") {
  struct Case {
    UpdateStrategy strategy;
    size_t total;
    UpdateDirection direction;
    std::vector<size_t> sizes;
  };
  const Case cases[] = {
      {QueueStrategy{2}, 5, Forward, {2, 2, 1}},
      {BatchStrategy{2, false}, 5, Forward, {2, 2, 1}},
      {BatchStrategy{9, false}, 5, Forward, {5}},
      {VariableBatchStrategy{{1, 2, 3}, false}, 6, Forward, {1, 2, 3}},
      {VariableBatchStrategy{{1, 2, 3}, false}, 6, Back, {3, 2, 1}},
      {VariableBatchStrategy{{1, 2, 3}, false}, 10, Forward, {1, 2, 3, 3, 1}},
      {VariableBatchStrategy{{1, 2, 3}, false}, 10, Back, {1, 3, 3, 2, 1}},
      {VariableBatchStrategy{{4}, false}, 3, Forward, {3}},
      {VariableBatchStrategy{{4}, false}, 3, Back, {3}},
  };
  for (const Case& c : cases) CHECK(groups_of(c.strategy, c.total, c.direction) == c.sizes);
}

TEST_CASE("a queue refills, a batch waits", "[update]") {
  CHECK(next_group_size(QueueStrategy{3}, {5, 2, 9}, Forward) == 1);
  CHECK(next_group_size(QueueStrategy{3}, {5, 3, 9}, Forward) == 0);
  CHECK(next_group_size(QueueStrategy{3}, {0, 1, 9}, Forward) == 0);
  CHECK(next_group_size(BatchStrategy{3, false}, {5, 1, 9}, Forward) == 0);
  CHECK(next_group_size(VariableBatchStrategy{{3}, false}, {5, 1, 9}, Back) == 0);
}

TEST_CASE("random rollouts end and never have more at work than a group", "[update]") {
  Rng rng(11);
  for (int run = 0; run < 300; ++run) {
    const auto size = static_cast<int32_t>(1 + rng.below(5));
    const UpdateStrategy strategy =
        rng.below(2) == 0 ? UpdateStrategy(QueueStrategy{size}) : UpdateStrategy(BatchStrategy{size, false});
    const size_t total = 1 + rng.below(20);
    size_t idle = total;
    size_t working = 0;
    while (idle + working > 0) {
      const size_t started = next_group_size(strategy, {idle, working, total}, Forward);
      idle -= started;
      working += started;
      REQUIRE(working <= static_cast<size_t>(size));
      REQUIRE(working > 0);
      working -= 1 + rng.below(working);
    }
  }
}

}  // namespace
}  // namespace aurora::core

#include <catch2/catch.hpp>

#include <limits>

#include "aurora/core/job/job.h"

using namespace aurora::core;

TEST_CASE("sets of instances become ranges and come back") {
  struct Case {
    std::set<int32_t> instances;
    std::vector<InstanceRange> ranges;
  };
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  const auto c =
      GENERATE_COPY(Case{{}, {}}, Case{{5}, {{5, 5}}}, Case{{0, 1, 2}, {{0, 2}}},
                    Case{{0, 2, 3, 9}, {{0, 0}, {2, 3}, {9, 9}}}, Case{{kMax - 1, kMax}, {{kMax - 1, kMax}}});
  CHECK(to_ranges(c.instances) == c.ranges);
  CHECK(to_set(c.ranges) == c.instances);
}

TEST_CASE("ranges may overlap and may be empty") {
  CHECK(to_set({{0, 2}, {1, 3}, {7, 6}}) == std::set<int32_t>{0, 1, 2, 3});
}

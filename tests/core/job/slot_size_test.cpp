#include "aurora/core/job/slot_size.h"

#include <catch2/catch.hpp>

namespace aurora::core {
namespace {

TEST_CASE("an amount has the first size that is not below it") {
  CHECK(size_of_cpus(0.01) == "small");
  CHECK(size_of_cpus(1) == "small");
  CHECK(size_of_cpus(1.01) == "medium");
  CHECK(size_of_cpus(16) == "xlarge");
  CHECK(size_of_cpus(16.5) == "xxlarge");
  CHECK(size_of_ram(1024) == "small");
  CHECK(size_of_ram(16384) == "large");
  CHECK(size_of_ram(16385) == "xlarge");
  CHECK(size_of_disk(16384) == "medium");
  CHECK(size_of_disk(65537) == "xxlarge");
}

TEST_CASE("the scarcest amount says how many slots fit") {
  const SlotSize& small = kSlotSizes[0];
  CHECK(count_slots(small, 16, 16384, 65536) == 16);
  CHECK(count_slots(small, 16, 3000, 65536) == 2);
  CHECK(count_slots(small, 16, 16384, 4095) == 0);
  CHECK(count_slots(small, 0.1 + 0.2 + 0.7, 16384, 65536) == 1);  // sums of cores are rounded to millionths
  CHECK(count_slots(small, -1, -1, -1) == 0);
}

}  // namespace
}  // namespace aurora::core

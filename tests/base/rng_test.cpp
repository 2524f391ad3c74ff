#include "aurora/base/rng.h"

#include <catch2/catch.hpp>

#include <set>

using aurora::Rng;

TEST_CASE("the same seed gives the same sequence on every machine") {
  Rng rng(1234567);
  CHECK(rng.next() == 6457827717110365317u);
  CHECK(rng.next() == 3203168211198807973u);
  CHECK(Rng(7).uuid() == Rng(7).uuid());
  CHECK(Rng(7).uuid() != Rng(8).uuid());
}

TEST_CASE("draws stay below their bound and reach all of it") {
  Rng rng(1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = rng.below(7);
    REQUIRE(value < 7);
    seen.insert(value);
    const double unit = rng.unit();
    REQUIRE(unit >= 0);
    REQUIRE(unit < 1);
  }
  CHECK(seen.size() == 7);
  CHECK(rng.below(1) == 0);
}

TEST_CASE("a UUID has the form of version 4") {
  Rng rng = Rng::from_entropy();
  const std::string uuid = rng.uuid();
  REQUIRE(uuid.size() == 36);
  for (const size_t dash : {8, 13, 18, 23}) CHECK(uuid[dash] == '-');
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
  CHECK(uuid.find_first_not_of("0123456789abcdef-") == std::string::npos);
}

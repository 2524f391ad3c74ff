#include "aurora/base/time.h"

#include <catch2/catch.hpp>

#include "aurora/base/clock.h"

using aurora::Instant;

TEST_CASE("moments are written as ISO 8601 in UTC with milliseconds") {
  struct Case {
    int64_t ms;
    std::string text;
  };
  const auto c =
      GENERATE(Case{0, "1970-01-01T00:00:00.000Z"}, Case{1, "1970-01-01T00:00:00.001Z"},
               Case{-1, "1969-12-31T23:59:59.999Z"}, Case{1769903999123, "2026-01-31T23:59:59.123Z"},
               Case{1709164800000, "2024-02-29T00:00:00.000Z"});
  CHECK(aurora::to_iso8601(Instant{c.ms}) == c.text);
}

TEST_CASE("spans and moments add up") {
  CHECK(aurora::hours(1) == aurora::minutes(60));
  CHECK((Instant{5000} - Instant{2000}) == aurora::seconds(3));
  CHECK((Instant{5000} - aurora::seconds(5)) == Instant{0});
  CHECK(aurora::seconds(2) * 3 == aurora::milliseconds(6000));
}

TEST_CASE("the system clock's monotonic time does not go back") {
  const aurora::SystemClock clock;
  const aurora::Duration before = clock.monotonic();
  CHECK(clock.monotonic() >= before);
  CHECK(clock.now().ms > 1'600'000'000'000);
}

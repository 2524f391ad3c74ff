#include "aurora/os/time_zones.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

namespace aurora::os {
namespace {

constexpr Instant kSpring2026{1774746000000};  // 2026-03-29T01:00:00Z: 02:00 becomes 03:00 in Berlin
constexpr Instant kAutumn2026{1792890000000};  // 2026-10-25T01:00:00Z: 03:00 becomes 02:00

void check_berlin(const TimeZones& zones) {
  const TimeZone* berlin = zones.find("Europe/Berlin");
  REQUIRE(berlin != nullptr);
  CHECK(zones.find("Europe/Berlin") == berlin);
  const TimeZone::Stretch winter = berlin->stretch_at(kSpring2026 - milliseconds(1));
  CHECK(winter.offset == hours(1));
  CHECK(winter.until == kSpring2026);
  const TimeZone::Stretch summer = berlin->stretch_at(kSpring2026);
  CHECK(summer.offset == hours(2));
  CHECK(summer.since == kSpring2026);
  CHECK(summer.until == kAutumn2026);
  const TimeZone::Stretch after = berlin->stretch_at(kAutumn2026);
  CHECK(after.offset == hours(1));
  CHECK(after.since == kAutumn2026);
  // Far behind the end of the file's table.
  CHECK(berlin->stretch_at({4'118'000'000'000}).offset == hours(2));  // June 2100
}

TEST_CASE("zones are the machine's, or those inside the executable where it has none") {
  check_berlin(*time_zones());
  check_berlin(*time_zones("/nowhere"));
  CHECK(time_zones("/nowhere")->find("GMT")->stretch_at(kSpring2026).offset == Duration{});
  CHECK(time_zones("/nowhere")->find("Australia/Lord_Howe")->stretch_at(kSpring2026).offset == hours(11));
}

TEST_CASE("a damaged file of the machine is not believed") {
  const test::TempFolder dir;
  REQUIRE(make_folders(dir.path() + "/Europe").ok());
  REQUIRE(write_file(dir.path() + "/Europe/Berlin", "TZif2 and then nothing").ok());
  check_berlin(*time_zones(dir.path()));
}

TEST_CASE("names lead nowhere else") {
  const test::TempFolder dir;
  REQUIRE(make_folders(dir.path() + "/zones").ok());
  REQUIRE(write_file(dir.path() + "/secret", "TZif").ok());
  const auto zones = time_zones(dir.path() + "/zones");
  for (const std::string name : {"", "/", "/etc/localtime", "../secret", "Europe/../../secret", "Europe", "Europe/Berln",
                                 "europe/berlin ", "Europe//Berlin", "zone.tab", "posix/Europe/Berlin", "file:x"}) {
    INFO(name);
    CHECK(zones->find(name) == nullptr);
  }
  CHECK(zones->find(std::string(100'000, 'A')) == nullptr);
}

}  // namespace
}  // namespace aurora::os

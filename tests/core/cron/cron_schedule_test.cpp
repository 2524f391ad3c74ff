#include "aurora/core/cron/cron_schedule.h"

#include <catch2/catch.hpp>

namespace aurora::core {
namespace {

std::string canonical(const std::string& text) {
  const auto schedule = parse_cron_schedule(text);
  return schedule.ok() ? to_canonical(*schedule) : "refused: " + schedule.error().message;
}

TEST_CASE("schedules are read, and written in their canonical form") {
  const std::pair<const char*, const char*> cases[] = {
      {"* * * * *", "* * * * *"},
      {"*/15 * * * *", "0,15,30,45 * * * *"},
      {"0 0 1 1 *", "0 0 1 1 *"},
      {"  5\t4 * *  * ", "5 4 * * *"},
      {"0,1,2,5 * * * *", "0-2,5 * * * *"},
      {"30-35,33-40 * * * *", "30-40 * * * *"},
      {"5,,4, * * * *", "4-5 * * * *"},
      {"0-59 0-23 1-31 1-12 0-6", "* * * * *"},
      {"*/1 * * * *", "* * * * *"},
      {"10-40/10 * * * *", "10,20,30,40 * * * *"},
      {"*/100 * * * *", "0 * * * *"},
      {"0 0 */10 * *", "0 0 1,11,21,31 * *"},
      {"0 0 * */5 *", "0 0 * 1,6,11 *"},
      {"0 9 * jan-MAR mon-FRI", "0 9 * 1-3 1-5"},
      {"0 9 * Dec SUN,SAT", "0 9 * 12 0,6"},
      {"0 9 * * MON;30 12 * * SUN", "0 9 * * 1;30 12 * * 0"},
      {"; 0 9 * * 1 ;", "0 9 * * 1"},
      {"0 0 29 2 *", "0 0 29 2 *"},
      {"0 0 31 1-12 *", "0 0 31 * *"},
      {"0 0 1-31 * MON", "0 0 * * 1"},  // every day of the month is no day of the month
      {"007 * * * *", "7 * * * *"},
  };
  for (const auto& [text, wanted] : cases) {
    INFO(text);
    CHECK(canonical(text) == wanted);
  }
}

TEST_CASE("what is wrong with a schedule is said") {
  const std::string allowed = "; *, 1,2 (a list), 1-5 (a range), */2 and 1-5/2 (with a step) are possible, too";
  const std::pair<std::string, std::string> cases[] = {
      {"", "it is empty"},
      {" ; ;", "it is empty"},
      {"* * * *", "it has 4 fields; there must be five: minute, hour, day of month, month, day of week"},
      {"0 * * * * *", "it has 6 fields; there must be five: minute, hour, day of month, month, day of week"},
      {"@daily", "it has 1 field; there must be five: minute, hour, day of month, month, day of week"},
      {"60 * * * *", "minute is '60'; it must be 0 to 59" + allowed},
      {"* 24 * * *", "hour is '24'; it must be 0 to 23" + allowed},
      {"* * 0 * *", "day of month is '0'; it must be 1 to 31" + allowed},
      {"* * * 13 *", "month is '13'; it must be 1 to 12" + allowed},
      {"* * * * 7", "day of week is '7'; it must be 0 to 6" + allowed},
      {"* * * * SON", "day of week is 'SON'; it must be 0 to 6" + allowed},
      {"JAN * * * *", "minute is 'JAN'; it must be 0 to 59" + allowed},
      {"-1 * * * *", "minute is ''; it must be 0 to 59" + allowed},
      {"+1 * * * *", "minute is '+1'; it must be 0 to 59" + allowed},
      {"1- * * * *", "minute is ''; it must be 0 to 59" + allowed},
      {"99999999999 * * * *", "minute is '99999999999'; it must be 0 to 59" + allowed},
      {"40-10 * * * *", "minute is '40-10'; a range begins with the smaller number"},
      {"*/0 * * * *", "minute is '*/0'; a step must be above 0 and, of a range, below its end"},
      {"10-20/20 * * * *", "minute is '10-20/20'; a step must be above 0 and, of a range, below its end"},
      {"*/ * * * *", "minute is '*/'; a step must be above 0 and, of a range, below its end"},
      {"5/10 * * * *", "minute is '5/10'; only * and ranges such as 0-30 can have a step"},
      {", * * * *", "minute is ','; that names nothing"},
      {"0 0 13 * FRI", "Specifying both dayOfWeek and dayOfMonth is not supported."},
      {"0 0 30 2 *", "no month that it names has such a day"},
      {"0 0 31 4,6,9,11 *", "no month that it names has such a day"},
      {"0 9 * * 1;61 * * * *", "minute is '61'; it must be 0 to 59" + allowed},
  };
  for (const auto& [text, wanted] : cases) {
    INFO(text);
    CHECK(canonical(text) == "refused: " + wanted);
  }
}

TEST_CASE("schedules have bounds") {
  std::string joined = "* * * * *";
  for (size_t i = 1; i < kSchedulePartsMax; ++i) joined += ";* * * * *";
  CHECK(parse_cron_schedule(joined).ok());
  CHECK(canonical(joined + ";* * * * *") == "refused: it joins 21 schedules; at most 20 can be joined");
  CHECK(canonical(std::string(5'000, '1')) == "refused: it is 5000 characters long; at most 1024 are read");
}

TEST_CASE("the canonical form means the same") {
  for (const char* text : {"*/7 3-20/5 * JAN-NOV/3 TUE-SAT", "1,3,5-7 * 2,30 * *", "0 0 1 * *;*/5 12 * * 1"}) {
    const auto schedule = parse_cron_schedule(text);
    REQUIRE(schedule.ok());
    CHECK(*parse_cron_schedule(to_canonical(*schedule)) == *schedule);
  }
}

}  // namespace
}  // namespace aurora::core

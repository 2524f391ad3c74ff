#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "aurora/base/rng.h"
#include "aurora/core/cron/cron_schedule.h"
#include "support/table_zone.h"

namespace aurora::core {
namespace {

using test::TableZone;

// "2026-03-29T01:00", UTC.
Instant at(const std::string& text) {
  const auto number = [&](size_t from, size_t count) { return std::stoi(text.substr(from, count)); };
  const std::chrono::sys_days day = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
  return Instant{day.time_since_epoch().count() * int64_t{86'400'000}} + hours(number(11, 2)) + minutes(number(14, 2));
}

// The next moments, to the minute.
std::vector<std::string> moments(const std::string& text, const TimeZone& zone, Instant after, size_t count) {
  const CronSchedule schedule = *parse_cron_schedule(text);
  std::vector<std::string> found;
  for (auto due = next_due(schedule, zone, after); due && found.size() < count; due = next_due(schedule, zone, *due))
    found.push_back(to_iso8601(*due).substr(0, 16));
  return found;
}
using Moments = std::vector<std::string>;

const TimeZone& utc() { return *utc_alone()->find("UTC"); }

TEST_CASE("moments come strictly after, to the millisecond") {
  CHECK(moments("0 9 * * *", utc(), at("2026-05-01T09:00"), 2) == Moments{"2026-05-02T09:00", "2026-05-03T09:00"});
  CHECK(moments("0 9 * * *", utc(), at("2026-05-01T09:00") - milliseconds(1), 1) == Moments{"2026-05-01T09:00"});
  CHECK(moments("* * * * *", utc(), at("2026-05-01T09:00") + milliseconds(1), 1) == Moments{"2026-05-01T09:01"});
  CHECK(moments("*/20 * * * *", utc(), at("1969-12-31T23:30"), 3) ==
        Moments{"1969-12-31T23:40", "1970-01-01T00:00", "1970-01-01T00:20"});
}

TEST_CASE("days of the week and of the month, and leap years") {
  CHECK(moments("0 12 * * MON", utc(), at("2026-05-01T00:00"), 2) == Moments{"2026-05-04T12:00", "2026-05-11T12:00"});
  CHECK(moments("0 0 31 * *", utc(), at("2026-01-31T00:00"), 3) ==
        Moments{"2026-03-31T00:00", "2026-05-31T00:00", "2026-07-31T00:00"});
  CHECK(moments("0 0 29 2 *", utc(), at("2026-01-01T00:00"), 2) == Moments{"2028-02-29T00:00", "2032-02-29T00:00"});
  CHECK(moments("0 0 29 2 *", utc(), at("2097-01-01T00:00"), 1) == Moments{"2104-02-29T00:00"});  // 2100 has none
  CHECK(moments("59 23 31 12 *", utc(), at("2026-12-31T23:59"), 1) == Moments{"2027-12-31T23:59"});
}

TEST_CASE("joined schedules are one, and a moment that several name is one") {
  CHECK(moments("0 9 * * *;30 9 * * *;*/30 9 * * *", utc(), at("2026-05-01T00:00"), 3) ==
        Moments{"2026-05-01T09:00", "2026-05-01T09:30", "2026-05-02T09:00"});
}

TEST_CASE("an hour that clocks leave out: named times run once, at its end") {
  const TableZone zone = test::berlin();  // 02:00 becomes 03:00 at 01:00 UTC
  const Instant before = at("2026-03-28T12:00");
  CHECK(moments("30 2 * * *", zone, before, 3) == Moments{"2026-03-29T01:00", "2026-03-30T00:30", "2026-03-31T00:30"});
  CHECK(moments("*/10 2 * * *", zone, before, 2) == Moments{"2026-03-29T01:00", "2026-03-30T00:00"});
  CHECK(moments("30 2 * * *;0 3 * * *", zone, before, 2) == Moments{"2026-03-29T01:00", "2026-03-30T00:30"});
  CHECK(moments("30 1 * * *", zone, before, 2) == Moments{"2026-03-29T00:30", "2026-03-29T23:30"});
  CHECK(moments("0 3 * * *", zone, before, 2) == Moments{"2026-03-29T01:00", "2026-03-30T01:00"});
  CHECK(moments("30 2 * * *", zone, at("2026-03-29T01:00"), 1) == Moments{"2026-03-30T00:30"});
  CHECK(moments("30 2 * * *", zone, at("2026-03-29T01:00") - milliseconds(1), 1) == Moments{"2026-03-29T01:00"});
  CHECK(moments("30 2 * * SUN", zone, before, 1) == Moments{"2026-03-29T01:00"});
  CHECK(moments("30 2 * * MON", zone, before, 1) == Moments{"2026-03-30T00:30"});
}

TEST_CASE("an hour that clocks leave out: every hour goes by the time that passes") {
  CHECK(moments("*/30 * * * *", test::berlin(), at("2026-03-29T00:00"), 4) ==
        Moments{"2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T02:00"});
  CHECK(moments("45 * * * *", test::berlin(), at("2026-03-29T00:00"), 3) ==
        Moments{"2026-03-29T00:45", "2026-03-29T01:45", "2026-03-29T02:45"});
}

TEST_CASE("an hour that clocks show twice: named times run in the first") {
  const TableZone zone = test::berlin();  // 03:00 becomes 02:00 at 01:00 UTC
  const Instant before = at("2026-10-24T12:00");
  CHECK(moments("30 2 * * *", zone, before, 3) == Moments{"2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"});
  CHECK(moments("*/30 1,2,3 * * *", zone, before, 7) ==
        Moments{"2026-10-24T23:00", "2026-10-24T23:30", "2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T02:00",
                "2026-10-25T02:30", "2026-10-26T00:00"});
  // Asked in the second hour, too.
  CHECK(moments("30 2 * * *", zone, at("2026-10-25T01:10"), 1) == Moments{"2026-10-26T01:30"});
  CHECK(moments("30 2 * * *", zone, at("2026-10-25T00:40"), 1) == Moments{"2026-10-26T01:30"});
}

TEST_CASE("an hour that clocks show twice: every hour goes by the time that passes") {
  CHECK(moments("*/30 * * * *", test::berlin(), at("2026-10-25T00:00"), 5) ==
        Moments{"2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00", "2026-10-25T02:30"});
}

TEST_CASE("midnight that there is not, half an hour, a whole day") {
  const TableZone cairo(hours(2), {{at("2026-04-23T22:00"), hours(3)}});  // 00:00 becomes 01:00
  CHECK(moments("0 0 * * *", cairo, at("2026-04-22T23:00"), 2) == Moments{"2026-04-23T22:00", "2026-04-24T21:00"});
  const TableZone lord_howe(hours(11), {{at("2026-04-04T15:00"), minutes(630)}});  // 02:00 becomes 01:30
  CHECK(moments("45 1 * * *", lord_howe, at("2026-04-04T14:00"), 2) == Moments{"2026-04-04T14:45", "2026-04-05T15:15"});
  CHECK(moments("45 * * * *", lord_howe, at("2026-04-04T14:00"), 3) ==
        Moments{"2026-04-04T14:45", "2026-04-04T15:15", "2026-04-04T16:15"});
  const TableZone samoa(hours(-10), {{at("2011-12-30T10:00"), hours(14)}});  // the 30th was left out
  CHECK(moments("0 12 * * *", samoa, at("2011-12-29T00:00"), 3) ==
        Moments{"2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"});
}

// The plainest way: every minute is looked at.
std::set<Instant> all_moments(const CronTimes& times, const TimeZone& zone, Instant from, Instant until) {
  const auto is_named = [&](int64_t shown) {
    const std::chrono::sys_days day{std::chrono::days{shown / 86'400'000}};
    const std::chrono::year_month_day date{day};
    const auto bit = [](uint64_t bits, auto n) { return (bits >> static_cast<unsigned>(n) & 1) != 0; };
    const int64_t minute = shown % 86'400'000 / 60'000;
    return bit(times.months, static_cast<unsigned>(date.month())) && bit(times.days, static_cast<unsigned>(date.day())) &&
           bit(times.weekdays, std::chrono::weekday{day}.c_encoding()) && bit(times.hours, minute / 60) && bit(times.minutes, minute % 60);
  };
  const bool by_clocks = times.hours != (uint64_t{1} << 24) - 1;
  std::set<Instant> found;
  int64_t shown = 0;  // the latest time that clocks have shown
  for (Instant now = from - hours(72); now < until; now = now + aurora::minutes(1)) {
    const int64_t shows = now.ms + zone.stretch_at(now).offset.ms;
    bool is_due = by_clocks ? shows > shown && is_named(shows) : is_named(shows);
    for (int64_t left_out = shown + 60'000; by_clocks && shown > 0 && left_out < shows; left_out += 60'000)
      is_due |= is_named(left_out);
    shown = std::max(shown, shows);
    if (is_due && now >= from) found.insert(now);
  }
  return found;
}

TEST_CASE("any schedule in any zone gives what a look at every minute gives") {
  Rng rng(7);
  const auto some = [&](int first, int last) {
    uint64_t bits = 0;
    while (bits == 0) {
      for (int n = first; n <= last; ++n) bits |= uint64_t{rng.below(4) == 0} << n;
    }
    return bits;
  };
  const Instant from = at("2026-03-01T00:00");
  for (int round = 0; round < 60; ++round) {
    CronTimes times = (*parse_cron_schedule("* * * * *")).parts.front();
    if (rng.below(4) != 0) times.hours = some(0, 23);
    if (rng.below(4) != 0) times.minutes = some(0, 59);
    if (rng.below(3) == 0) times.days = some(1, 31);
    else if (rng.below(3) == 0) times.weekdays = some(0, 6);
    std::vector<std::pair<Instant, Duration>> changes;
    for (Instant change = from; changes.size() < 3;) {
      change = change + hours(80) + minutes(static_cast<int64_t>(rng.below(60 * 100)));
      changes.emplace_back(change, minutes(30 * (static_cast<int64_t>(rng.below(50)) - 22)));
    }
    const TableZone zone(minutes(30 * (static_cast<int64_t>(rng.below(50)) - 22)), changes);
    const Instant until = from + hours(24 * 20);
    std::set<Instant> found;
    for (auto due = next_due({{times}}, zone, from - milliseconds(1)); due && *due < until;
         due = next_due({{times}}, zone, *due)) {
      found.insert(*due);
    }
    INFO("round " << round << ": " << to_canonical({{times}}));
    CHECK(found == all_moments(times, zone, from, until));
  }
}

}  // namespace
}  // namespace aurora::core

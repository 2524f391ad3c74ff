// When a cron job runs: the schedule as text, and the moments that it names in a time zone (Aurora 0.22, spec/scheduler.md
// §10.1). Our additions: several schedules joined with ';', and zones. Pure.
//
// Where clocks are put forward or back, a schedule that names hours (`30 2 * * *`) goes by what clocks show: each of
// its times counts once a day. One that the clocks leave out runs at the first moment after the gap; one that they
// show twice runs the first time. A schedule for every hour (`*/15 * * * *`) goes by the time that passes: it runs
// in both of the hours that look alike, and nothing is made up for an hour that there was not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time_zone.h"

namespace aurora::core {

// What the five fields name: bit n is the number n.
struct CronTimes {
  uint64_t minutes = 0;   // 0 to 59
  uint64_t hours = 0;     // 0 to 23
  uint64_t days = 0;      // of the month, 1 to 31
  uint64_t months = 0;    // 1 to 12
  uint64_t weekdays = 0;  // 0 to 6; 0 is Sunday
  friend bool operator==(const CronTimes&, const CronTimes&) = default;
};

struct CronSchedule {
  std::vector<CronTimes> parts;  // one or more; a moment that several name is one
  friend bool operator==(const CronSchedule&, const CronSchedule&) = default;
};

constexpr size_t kScheduleBytesMax = 1'024;
constexpr size_t kSchedulePartsMax = 20;

// The error says what is wrong with it, without the text itself. One that names no day that exists is refused.
Result<CronSchedule> parse_cron_schedule(std::string_view text);
// Each field as sorted ranges: "0,15,30,45 9-17 * * 1-5"; parts joined with ';'.
std::string to_canonical(const CronSchedule& schedule);

// The first moment after `after` that the schedule names; nothing if there is none within nine years.
std::optional<Instant> next_due(const CronSchedule& schedule, const TimeZone& zone, Instant after);

}  // namespace aurora::core

// The moments that a schedule names, in the order of time.
#include <algorithm>
#include <bit>
#include <chrono>

#include "aurora/core/cron/cron_schedule.h"

namespace aurora::core {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kMinutesOfDay = 1'440;
constexpr uint64_t kEveryHour = (uint64_t{1} << 24) - 1;
constexpr Duration kHorizon = hours(9 * 366 * 24);  // a 29th of February comes within eight years
constexpr Duration kLongestShift = hours(26);       // of clocks, at one change

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Minutes are counted from 1970 on, as the place's clocks show them: the first that is not before this.
int64_t minute_from(int64_t shown_ms) { return floor_div(shown_ms + kMinuteMs - 1, kMinuteMs); }

bool holds(uint64_t bits, unsigned n) { return (bits >> n & 1) != 0; }

// The first day of `day` to `last_day`, counted from 1970-01-01, that the fields name.
std::optional<int64_t> first_day(const CronTimes& times, int64_t day, int64_t last_day) {
  using namespace std::chrono;
  while (day <= last_day) {
    const sys_days at{days{day}};
    const year_month_day date{at};
    if (!holds(times.months, static_cast<unsigned>(date.month()))) {
      day = sys_days{(date.year() / date.month() + months{1}) / 1}.time_since_epoch().count();
    } else if (holds(times.days, static_cast<unsigned>(date.day())) &&
               holds(times.weekdays, weekday{at}.c_encoding())) {
      return day;
    } else {
      ++day;
    }
  }
  return std::nullopt;
}

// The first minute of a day, not before `from`, that the fields name.
std::optional<int64_t> first_minute(const CronTimes& times, int64_t from) {
  const int64_t from_hour = from / 60;
  for (uint64_t hours = times.hours >> from_hour << from_hour; hours != 0; hours &= hours - 1) {
    const int64_t hour = std::countr_zero(hours);
    const int64_t skipped = hour == from_hour ? from % 60 : 0;
    const uint64_t minutes = times.minutes >> skipped << skipped;
    if (minutes != 0) return hour * 60 + std::countr_zero(minutes);
  }
  return std::nullopt;
}

// Of the minutes from `from` on and before `until`, the first that the fields name.
std::optional<int64_t> first_named(const CronTimes& times, int64_t from, int64_t until) {
  while (from < until) {
    const int64_t today = floor_div(from, kMinutesOfDay);
    const std::optional<int64_t> day = first_day(times, today, floor_div(until - 1, kMinutesOfDay));
    if (!day) return std::nullopt;
    if (const auto minute = first_minute(times, *day == today ? from - today * kMinutesOfDay : 0)) {
      const int64_t found = *day * kMinutesOfDay + *minute;
      return found < until ? std::optional(found) : std::nullopt;
    }
    from = (*day + 1) * kMinutesOfDay;
  }
  return std::nullopt;
}

// One of the schedules in one zone.
class Times {
 public:
  Times(const CronTimes& times, const TimeZone& zone)
      : times_(times), zone_(zone), goes_by_clocks_(times.hours != kEveryHour) {}

  std::optional<Instant> next(Instant after) const {
    const Instant horizon = after + kHorizon;
    Instant from = after + milliseconds(1);
    TimeZone::Stretch stretch = zone_.stretch_at(after);
    int64_t shown = shown_before(stretch, from);
    while (true) {
      if (const auto due = find_within(stretch, from, std::min(stretch.until, horizon), shown)) return due;
      if (stretch.until >= horizon) return std::nullopt;
      const TimeZone::Stretch following = zone_.stretch_at(stretch.until);
      if (is_in_gap(stretch, following.offset)) return stretch.until;
      shown = stretch.until.ms + stretch.offset.ms;
      from = stretch.until;
      stretch = following;
    }
  }

 private:
  // Of the moments from `from` on, before `until`. Until the stretch began, clocks had got to `shown`.
  std::optional<Instant> find_within(const TimeZone::Stretch& stretch, Instant from, Instant until,
                                     int64_t shown) const {
    int64_t first = from.ms + stretch.offset.ms;
    if (goes_by_clocks_) first = std::max(first, shown);
    const auto minute = first_named(times_, minute_from(first), minute_from(until.ms + stretch.offset.ms));
    if (!minute) return std::nullopt;
    return Instant{*minute * kMinuteMs - stretch.offset.ms};
  }

  // Among the times that clocks leave out when the stretch ends.
  bool is_in_gap(const TimeZone::Stretch& stretch, Duration next_offset) const {
    const int64_t end = stretch.until.ms;
    return goes_by_clocks_ &&
           first_named(times_, minute_from(end + stretch.offset.ms), minute_from(end + next_offset.ms));
  }

  int64_t shown_before(const TimeZone::Stretch& stretch, Instant from) const {
    if (stretch.since < from - kLongestShift) return from.ms + stretch.offset.ms;  // it was shown long ago
    return stretch.since.ms + zone_.stretch_at(stretch.since - milliseconds(1)).offset.ms;
  }

  const CronTimes& times_;
  const TimeZone& zone_;
  bool goes_by_clocks_;
};

}  // namespace

std::optional<Instant> next_due(const CronSchedule& schedule, const TimeZone& zone, Instant after) {
  std::optional<Instant> next;
  for (const CronTimes& times : schedule.parts) {
    const auto due = Times(times, zone).next(after);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

}  // namespace aurora::core

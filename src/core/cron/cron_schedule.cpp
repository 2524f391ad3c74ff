#include "aurora/core/cron/cron_schedule.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <span>
#include <utility>

#include "aurora/base/split.h"

namespace aurora::core {
namespace {

struct Field {
  const char* name;
  int first;
  int last;
  uint64_t CronTimes::* bits;
  std::span<const std::string_view> names = {};  // of its numbers, from `first` on
};

constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr Field kMinute{"minute", 0, 59, &CronTimes::minutes};
constexpr Field kHour{"hour", 0, 23, &CronTimes::hours};
constexpr Field kDay{"day of month", 1, 31, &CronTimes::days};
constexpr Field kMonth{"month", 1, 12, &CronTimes::months, kMonths};
constexpr Field kWeekday{"day of week", 0, 6, &CronTimes::weekdays, kWeekdays};
constexpr std::array kFields{kMinute, kHour, kDay, kMonth, kWeekday};
constexpr std::array<int, 12> kLongestMonths{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

uint64_t bits_between(int first, int last) { return ((uint64_t{2} << last) - 1) & ~((uint64_t{1} << first) - 1); }
bool is_all(const Field& field, uint64_t bits) { return bits == bits_between(field.first, field.last); }

Error wrong(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }
Error wrong(const Field& field, std::string_view text, std::string_view rule) {
  return wrong(std::string(field.name) + " is '" + std::string(text) + "'; " + std::string(rule));
}

// Replaced wherever they stand, as in Aurora: "MON-FRI" is "1-5".
std::string replace_names(const Field& field, std::string text) {
  if (field.names.empty()) return text;
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (size_t i = 0; i < field.names.size(); ++i) {
    const std::string number = std::to_string(field.first + static_cast<int>(i));
    for (size_t at = text.find(field.names[i]); at != std::string::npos; at = text.find(field.names[i], at))
      text.replace(at, field.names[i].size(), number);
  }
  return text;
}

std::optional<int> find_number(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const bool is_number = !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (!is_number || error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

Result<int> parse_number(const Field& field, std::string_view text) {
  const std::optional<int> number = find_number(text);
  if (number && *number >= field.first && *number <= field.last) return *number;
  return wrong(field, text, "it must be " + std::to_string(field.first) + " to " + std::to_string(field.last) +
                                "; *, 1,2 (a list), 1-5 (a range), */2 and 1-5/2 (with a step) are possible, too");
}

// `*`, `n`, `a-b`, `*/s` or `a-b/s`.
Result<uint64_t> parse_item(const Field& field, std::string_view item) {
  const size_t slash = item.find('/');
  const bool has_step = slash != std::string_view::npos;
  const std::string_view range = item.substr(0, slash);
  int first = field.first;
  int last = field.last;
  if (range != "*") {
    const size_t dash = range.find('-');
    const bool is_range = dash != std::string_view::npos;
    if (has_step && !is_range) return wrong(field, item, "only * and ranges such as 0-30 can have a step");
    first = TRY(parse_number(field, range.substr(0, dash)));
    last = is_range ? TRY(parse_number(field, range.substr(dash + 1))) : first;
    if (first > last) return wrong(field, item, "a range begins with the smaller number");
  }
  if (!has_step) return bits_between(first, last);
  const std::optional<int> step = find_number(item.substr(slash + 1));
  if (!step || *step <= 0 || (range != "*" && *step >= last))
    return wrong(field, item, "a step must be above 0 and, of a range, below its end");
  uint64_t bits = 0;
  for (int64_t n = first; n <= last; n += *step) bits |= uint64_t{1} << n;
  return bits;
}

Result<uint64_t> parse_field(const Field& field, const std::string& text) {
  uint64_t bits = 0;
  for (const std::string& item : split(replace_names(field, text), ',')) {
    if (!item.empty()) bits |= TRY(parse_item(field, item));
  }
  if (bits == 0) return wrong(field, text, "that names nothing");
  return bits;
}

std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = text.find_first_not_of(kBlanks, at)) {
    const size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

bool has_a_day(const CronTimes& times) {
  const int first_day = std::countr_zero(times.days);
  for (size_t month = 1; month <= kLongestMonths.size(); ++month) {
    if ((times.months >> month & 1) != 0 && first_day <= kLongestMonths[month - 1]) return true;
  }
  return false;
}

Result<CronTimes> parse_part(const std::vector<std::string>& words) {
  if (words.size() != kFields.size()) {
    return wrong("it has " + std::to_string(words.size()) + (words.size() == 1 ? " field" : " fields") +
                 "; there must be five: minute, hour, day of month, month, day of week");
  }
  CronTimes times;
  for (size_t i = 0; i < kFields.size(); ++i) times.*kFields[i].bits = TRY(parse_field(kFields[i], words[i]));
  if (!is_all(kDay, times.days) && !is_all(kWeekday, times.weekdays))
    return wrong("Specifying both dayOfWeek and dayOfMonth is not supported.");
  if (!has_a_day(times)) return wrong("no month that it names has such a day");
  return times;
}

void add_canonical(const Field& field, uint64_t bits, std::string& text) {
  if (is_all(field, bits)) {
    text += '*';
    return;
  }
  const char* separator = "";
  for (int n = field.first; n <= field.last; ++n) {
    if ((bits >> n & 1) == 0) continue;
    const int last = n + std::countr_one(bits >> n) - 1;
    text += std::exchange(separator, ",") + std::to_string(n);
    if (last > n) text += '-' + std::to_string(last);
    n = last;
  }
}

}  // namespace

Result<CronSchedule> parse_cron_schedule(std::string_view text) {
  if (text.size() > kScheduleBytesMax) {
    return wrong("it is " + std::to_string(text.size()) + " characters long; at most " +
                 std::to_string(kScheduleBytesMax) + " are read");
  }
  CronSchedule schedule;
  for (const std::string& part : split(text, ';')) {
    const std::vector<std::string> words = words_of(part);
    if (!words.empty()) schedule.parts.push_back(TRY(parse_part(words)));
  }
  if (schedule.parts.empty()) return wrong("it is empty");
  if (schedule.parts.size() > kSchedulePartsMax) {
    return wrong("it joins " + std::to_string(schedule.parts.size()) + " schedules; at most " +
                 std::to_string(kSchedulePartsMax) + " can be joined");
  }
  return schedule;
}

std::string to_canonical(const CronSchedule& schedule) {
  std::string text;
  for (const CronTimes& times : schedule.parts) {
    if (!text.empty()) text += ';';
    const char* separator = "";
    for (const Field& field : kFields) {
      text += std::exchange(separator, " ");
      add_canonical(field, times.*field.bits, text);
    }
  }
  return text;
}

}  // namespace aurora::core

#include "api/since.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string_view>

namespace aurora::api {
namespace {

struct TimeUnit {
  std::string_view name;
  int64_t ms;
};
constexpr TimeUnit kUnits[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

// "Z", "+02:00"; how far the clock there is ahead.
std::optional<int64_t> parse_zone(const char* text) {
  if (std::string_view(text) == "Z") return 0;
  char sign = 0;
  int hours = 0;
  int minutes = 0;
  int length = 0;
  const bool is_zone = std::sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &length) == 3 &&
                       text[length] == '\0' && (sign == '+' || sign == '-') && hours >= 0 && hours < 24 &&
                       minutes >= 0 && minutes < 60;
  if (!is_zone) return std::nullopt;
  return (sign == '+' ? 1 : -1) * (hours * 3'600'000LL + minutes * 60'000LL);
}

std::optional<Instant> parse_iso(const std::string& text) {
  std::tm time{};
  int length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday,
                  &time.tm_hour, &time.tm_min, &time.tm_sec, &length) != 6) {
    return std::nullopt;
  }
  const bool is_time = time.tm_year >= 1970 && time.tm_mon >= 1 && time.tm_mon <= 12 && time.tm_mday >= 1 &&
                       time.tm_mday <= 31 && time.tm_hour >= 0 && time.tm_hour < 24 && time.tm_min >= 0 &&
                       time.tm_min < 60 && time.tm_sec >= 0 && time.tm_sec <= 60;
  if (!is_time) return std::nullopt;
  const char* rest = text.c_str() + length;
  int64_t fraction_ms = 0;
  if (*rest == '.') {
    int64_t weight = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, weight /= 10) fraction_ms += weight * (*rest - '0');
  }
  const std::optional<int64_t> ahead_ms = parse_zone(rest);
  if (!ahead_ms) return std::nullopt;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return Instant{int64_t{::timegm(&time)} * 1000 + fraction_ms - *ahead_ms};
}

}  // namespace

Result<Instant> parse_since(const std::string& text, Instant now) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error == std::errc() && number >= 0) {
    if (rest.empty()) return Instant{number};
    for (const TimeUnit& unit : kUnits) {
      int64_t ms = 0;
      if (rest == unit.name && !__builtin_mul_overflow(number, unit.ms, &ms)) return now - milliseconds(ms);
    }
  }
  if (const std::optional<Instant> at = parse_iso(text)) return *at;
  return Error{
      ErrorCode::InvalidArgument,
      "Query parameter 'since': '" + text.substr(0, 100) +
          "' is no time; use a time that has passed since then, like 90s, 10m, 2h or 1d, a moment like "
          "2026-01-31T23:59:59Z, or milliseconds since 1970"};
}

}  // namespace aurora::api

// Moments and spans in whole milliseconds. Instant is wall-clock time since the Unix epoch.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace aurora {

struct Duration {
  int64_t ms = 0;
  friend auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ms - b.ms}; }
  friend constexpr Duration operator*(Duration a, int64_t n) { return {a.ms * n}; }
};

constexpr Duration milliseconds(int64_t n) { return {n}; }
constexpr Duration seconds(int64_t n) { return {n * 1000}; }
constexpr Duration minutes(int64_t n) { return {n * 60'000}; }
constexpr Duration hours(int64_t n) { return {n * 3'600'000}; }

struct Instant {
  int64_t ms = 0;  // since 1970-01-01T00:00:00Z
  friend auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Duration d) { return {t.ms + d.ms}; }
  friend constexpr Instant operator-(Instant t, Duration d) { return {t.ms - d.ms}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

std::string to_iso8601(Instant t);  // 2026-01-31T23:59:59.123Z

}  // namespace aurora

#include "client/amounts.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace aurora::client {
namespace {

constexpr int kKilobyte = 10;  // as a power of two
constexpr int kMegabyte = 20;
constexpr int64_t kAmountMax = int64_t{1} << 40;  // TB: more than there is, and far from overflow

Error refuse(const std::string& text) { return {ErrorCode::InvalidArgument, "Invalid size: " + text}; }

// How many times the number is to be doubled for bytes; negative: no unit.
int power_of(const std::string& unit) {
  constexpr std::string_view kUnits = "kmgt";
  if (unit.empty()) return 0;
  const size_t at = kUnits.find(unit[0]);
  const bool is_unit = at != std::string_view::npos && (unit.size() == 1 || unit.substr(1) == "b");
  return is_unit ? kKilobyte * (static_cast<int>(at) + 1) : -1;
}

}  // namespace

Result<int64_t> parse_size(const std::string& text) {
  int64_t amount = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), amount);
  std::string unit(end, text.data() + text.size());
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (problem != std::errc() || unit.starts_with('.')) return refuse("Could not parse amount: " + text);
  if (amount < 0 || amount > kAmountMax) return refuse(text + " is negative or more than any cluster has");
  const int power = power_of(unit);
  if (power < 0)
    return refuse("Amount did not have a valid base: " + text + ".  Valid bases: kb gb g mb tb k m t");
  const int64_t megabytes = power >= kMegabyte ? amount << (power - kMegabyte) : amount >> (kMegabyte - power);
  if (megabytes == 0 && amount > 0) return refuse(text + " is less than 1 MB; give a unit, e.g. " + text + "MB");
  return megabytes;
}

std::string format_cores(double cpus) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", cpus);
  std::string number = text;
  if (number.find_first_of(".e") == std::string::npos) number += ".0";
  return number;
}

}  // namespace aurora::client

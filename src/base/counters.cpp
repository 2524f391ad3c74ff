#include "aurora/base/counters.h"

namespace aurora {
namespace {

bool is_kept(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
         c == '.' || c == '-';
}

std::string normalised(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (!is_kept(c)) c = '_';
  }
  return text;
}

}  // namespace

void Counters::add(std::string_view name, int64_t delta) {
  const std::lock_guard lock(mutex_);
  const auto known = values_.find(name);  // names in the table are normalised, and so are most that are used
  double& value = known != values_.end() ? known->second : values_[normalised(name)];
  value += static_cast<double>(delta);
}

void Counters::set(std::string_view name, double value) {
  const std::lock_guard lock(mutex_);
  values_[normalised(name)] = value;
}

std::map<std::string, double> Counters::values() const {
  const std::lock_guard lock(mutex_);
  return {values_.begin(), values_.end()};
}

}  // namespace aurora

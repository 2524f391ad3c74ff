#include "aurora/base/counters.h"

#include "aurora/base/figures.h"

namespace aurora {

void Counters::add(std::string_view name, int64_t delta) {
  const std::lock_guard lock(mutex_);
  const auto known = values_.find(name);  // names in the table are normalised, and so are most that are used
  double& value = known != values_.end() ? known->second : values_[normalise_figure_name(name)];
  value += static_cast<double>(delta);
}

void Counters::set(std::string_view name, double value) {
  const std::lock_guard lock(mutex_);
  values_[normalise_figure_name(name)] = value;
}

std::map<std::string, double> Counters::values() const {
  const std::lock_guard lock(mutex_);
  return {values_.begin(), values_.end()};
}

}  // namespace aurora

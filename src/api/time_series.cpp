#include "aurora/api/time_series.h"

#include <algorithm>

namespace aurora::api {
namespace {

constexpr std::string_view kTotal = "_nanos_total";
constexpr std::string_view kEvents = "_events";

// It counts for a timed section, of which there is a total and a number of events.
bool is_timed(const Figures& figures, const std::string& name) {
  const auto has_other = [&](std::string_view mine, std::string_view other) {
    return name.ends_with(mine) && figures.contains(name.substr(0, name.size() - mine.size()) + std::string(other));
  };
  return has_other(kTotal, kEvents) || has_other(kEvents, kTotal);
}

}  // namespace

TimeSeries::TimeSeries(size_t samples_max) : samples_max_(std::max<size_t>(1, samples_max)) {}

void TimeSeries::record(Instant at, const Figures& figures) {
  const std::lock_guard lock(mutex_);
  rates_ = find_rates(at, figures);
  last_ = figures;
  if (times_ms_.size() < samples_max_) {
    place_ = times_ms_.size();
    times_ms_.push_back(at.ms);
  } else {
    place_ = (place_ + 1) % samples_max_;
    times_ms_[place_] = at.ms;
  }
  for (auto& [name, column] : series_) {
    column.resize(times_ms_.size());
    column[place_] = 0;
  }
  left_out_ = 0;
  for (const auto& [name, value] : figures) put(name, value);
  for (const auto& [name, value] : rates_) put(name, value);
}

void TimeSeries::put(const std::string& name, double value) {
  auto series = series_.find(name);
  if (series == series_.end()) {
    if (series_.size() == kSeriesMax) {
      ++left_out_;
      return;
    }
    series = series_.emplace(name, std::vector<double>(times_ms_.size())).first;
  }
  series->second[place_] = value;
}

Figures TimeSeries::find_rates(Instant at, const Figures& figures) const {
  Figures rates;
  const double secs = times_ms_.empty() ? 0 : static_cast<double>(at.ms - times_ms_[place_]) / 1000;
  for (const auto& [name, value] : figures) {
    if (!is_timed(figures, name)) continue;
    const auto before = last_.find(name);
    rates[name + "_per_sec"] = before == last_.end() || secs <= 0 ? 0 : (value - before->second) / secs;
  }
  return rates;
}

Figures TimeSeries::rates() const {
  const std::lock_guard lock(mutex_);
  return rates_;
}

size_t TimeSeries::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

std::vector<std::string> TimeSeries::list_names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  names.reserve(series_.size());
  for (const auto& [name, column] : series_) names.push_back(name);
  return names;
}

std::optional<TimeSeries::Samples> TimeSeries::read(const std::vector<std::string>& names, int64_t since_ms,
                                                    std::string& unknown) const {
  const std::lock_guard lock(mutex_);
  std::vector<const std::vector<double>*> columns;
  for (const std::string& name : names) {
    const auto series = series_.find(name);
    if (series == series_.end()) {
      unknown = name;
      return std::nullopt;
    }
    columns.push_back(&series->second);
  }
  Samples samples;
  samples.columns.resize(columns.size());
  const size_t count = times_ms_.size();
  for (size_t i = 0; i < count; ++i) {
    const size_t place = (place_ + 1 + i) % count;  // the oldest comes behind the last
    if (times_ms_[place] <= since_ms) continue;
    samples.times_ms.push_back(times_ms_[place]);
    for (size_t column = 0; column < columns.size(); ++column)
      samples.columns[column].push_back((*columns[column])[place]);
  }
  return samples;
}

}  // namespace aurora::api

#include "aurora/executor/usage_history.h"

#include <algorithm>

namespace aurora::executor {
namespace {

constexpr size_t kRecentMax = 60;
constexpr size_t kMinutesMax = 60;

bool is_same_minute(Instant a, Instant b) { return a.ms / 60'000 == b.ms / 60'000; }

}  // namespace

void UsageSeries::add(const UsagePoint& point) {
  recent_.push_back(point);
  if (recent_.size() > kRecentMax) age();
}

void UsageSeries::age() {
  const UsagePoint old = recent_.front();
  recent_.pop_front();
  if (minutes_.empty() || !is_same_minute(minutes_.back().at, old.at)) {
    minutes_.push_back(old);
    in_minute_ = 1;
    if (minutes_.size() > kMinutesMax) minutes_.pop_front();
    return;
  }
  UsagePoint& minute = minutes_.back();
  ++in_minute_;
  minute.at = old.at;
  minute.cpus += (old.cpus - minute.cpus) / in_minute_;
  minute.memory_bytes = std::max(minute.memory_bytes, old.memory_bytes);
  minute.disk_bytes = std::max(minute.disk_bytes, old.disk_bytes);
  minute.threads = std::max(minute.threads, old.threads);
}

std::vector<UsagePoint> UsageSeries::list() const {
  std::vector<UsagePoint> points(minutes_.begin(), minutes_.end());
  points.insert(points.end(), recent_.begin(), recent_.end());
  return points;
}

void UsageHistory::add(const core::TaskId& task_id, const std::string& process, const UsagePoint& point) {
  const std::lock_guard lock(mutex_);
  series_[task_id][process].add(point);
}

std::map<std::string, std::vector<UsagePoint>> UsageHistory::list(const core::TaskId& task_id) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::vector<UsagePoint>> all;
  const auto found = series_.find(task_id);
  if (found == series_.end()) return all;
  for (const auto& [process, series] : found->second) all.emplace(process, series.list());
  return all;
}

void UsageHistory::forget_before(Instant at) {
  const std::lock_guard lock(mutex_);
  for (auto& [task_id, processes] : series_) {
    std::erase_if(processes, [&](const auto& entry) { return entry.second.last() < at; });
  }
  std::erase_if(series_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace aurora::executor

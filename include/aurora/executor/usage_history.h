// What tasks and their processes used, for an hour: point by point at first, then minute by minute.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::executor {

struct UsagePoint {
  Instant at;
  double cpus = 0;  // cores, since the point before
  int64_t memory_bytes = 0;
  int64_t disk_bytes = 0;
  int64_t threads = 0;
};

// Of one task or process, oldest first.
class UsageSeries {
 public:
  void add(const UsagePoint& point);  // REQUIRES: later than all before
  std::vector<UsagePoint> list() const;
  Instant last() const { return recent_.empty() ? Instant{} : recent_.back().at; }

 private:
  void age();
  std::deque<UsagePoint> recent_;
  std::deque<UsagePoint> minutes_;  // CPU on average, all else at its highest
  int in_minute_ = 0;               // points of which the last minute is made
};

// Thread-safe.
class UsageHistory {
 public:
  // `process` is empty for the task as a whole.
  void add(const core::TaskId& task_id, const std::string& process, const UsagePoint& point);
  std::map<std::string, std::vector<UsagePoint>> list(const core::TaskId& task_id) const;  // by process
  void forget_before(Instant at);  // of which nothing newer is known

 private:
  mutable std::mutex mutex_;
  std::map<core::TaskId, std::map<std::string, UsageSeries>> series_;
};

}  // namespace aurora::executor

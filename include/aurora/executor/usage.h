// What running processes use. Nothing is sampled unless somebody asks; answers younger than a second are given again,
// and CPU is measured between two questions. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/core/ids.h"

namespace aurora::executor {

struct Usage {
  double cpus = 0;  // cores since the question before, 0 at the first
  double user_secs = 0;
  double system_secs = 0;
  int64_t resident_bytes = 0;
  int64_t virtual_bytes = 0;
  int64_t threads = 0;
};
Usage operator+(const Usage& a, const Usage& b);

class UsageSampler {
 public:
  explicit UsageSampler(const Clock& clock) : clock_(clock) {}
  // Of the process and its descendants. `started` tells a reused pid apart.
  Usage sample(int pid, Instant started);
  // Of a sandbox; counted at most once a minute.
  int64_t disk_bytes(const core::TaskId& task_id, const std::string& sandbox);

 private:
  struct Sample {
    Instant started;
    Duration at;
    Duration cpu_time;
    Usage usage;
  };
  struct DiskSample {
    Duration at;
    int64_t bytes = 0;
  };
  void forget_old(Duration now);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<int, Sample> samples_;  // by pid
  std::map<core::TaskId, DiskSample> disk_;
};

}  // namespace aurora::executor

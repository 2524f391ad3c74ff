// What running tasks use. Nothing is sampled unless somebody asks; answers younger than a second are given
// again, and CPU is measured between two questions. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
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

 private:
  struct Sample {
    Instant started;
    Duration at;
    Duration cpu_time;
    Usage usage;
  };
  void forget_old(Duration now);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<int, Sample> samples_;  // by pid
};

// What sandboxes hold. Where the file system keeps a quota for one, it says so at once. Elsewhere, how long
// counting takes is in the hands of those who fill them, so a thread of its own does it, one sandbox after
// the other and none for longer than 20 s; who asks gets what was counted last, at once.
class DiskSampler {
 public:
  explicit DiskSampler(const Clock& clock);
  ~DiskSampler();
  DiskSampler(const DiskSampler&) = delete;
  DiskSampler& operator=(const DiskSampler&) = delete;

  // 0 until it was counted for the first time. Has it counted again if that was longer ago than `fresh`, or,
  // when counting takes long, more than twenty times as long; where a quota is asked, if it was 2 s ago.
  int64_t bytes_of(const core::TaskId& task_id, const std::string& sandbox, Duration fresh = minutes(1));

 private:
  struct Sample {
    std::string sandbox;
    int64_t bytes = 0;
    bool is_wanted = false;
    bool is_asked = false;  // of the file system, which is cheap
    Duration counted_at;
    Duration rest;  // after it was counted, however urgent
    Duration asked_at;
  };
  void run();
  void count(const core::TaskId& task_id, const std::string& sandbox);
  bool is_stopping() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<core::TaskId, Sample> samples_;
  std::deque<core::TaskId> wanted_;  // oldest first
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace aurora::executor

// What jobs use on all hosts together, for an hour, and what each host's tasks use: as executors say it now and then, of their
// tasks in sums by job. Costs what is said, whatever the cluster holds; what is asked for is one job or some hosts. Bounded in
// hosts, jobs and samples. Nothing of it is durable: a scheduler that starts knows it anew within a minute. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::api {

constexpr Duration kUsageStep = seconds(20);
constexpr Duration kUsageKept = hours(1);

// Of a job on a host.
struct JobUse {
  core::JobKey job;
  int64_t tasks = 0;
  int64_t cpu_milli = 0;  // thousandths of a core
  int64_t ram_bytes = 0;
};
void fields(Is<JobUse> auto& u, auto&& visit) {
  visit("job", u.job);
  visit("tasks", u.tasks);
  visit("cpuMilli", u.cpu_milli);
  visit("ramBytes", u.ram_bytes);
}

struct UsageSums {
  int64_t tasks = 0;
  int64_t cpu_milli = 0;
  int64_t ram_bytes = 0;
  UsageSums& operator+=(const UsageSums& more);
  UsageSums& operator-=(const UsageSums& less);
  friend bool operator==(const UsageSums&, const UsageSums&) = default;
};

struct UsageLimits {
  size_t hosts = 20'000;
  size_t jobs = 5'000;  // of which sums are kept: 6 kB each; a host may bring some more
};

class UsageBook {
 public:
  static constexpr size_t kJobsOfHostMax = 1'000;

  explicit UsageBook(UsageLimits limits = {}) : limits_(limits) {}

  // Takes the place of what the host said before. Gives how long it may wait until it says the next: the more hosts, the longer.
  Duration take(const core::HostId& host, std::vector<JobUse> jobs, Instant now);

  struct Sample {
    int64_t step = 0;  // kUsageSteps since the epoch: at its end
    UsageSums sums;
  };
  // Of the last hour, the oldest first; steps of which nothing is known are left out.
  std::vector<Sample> list(const core::JobKey& job, Instant now);

  struct HostUse {
    UsageSums sums;
    Instant said_at;
  };
  std::optional<HostUse> find_host(const core::HostId& host, Instant now);

 private:
  struct Job {
    UsageSums now;
    size_t hosts = 0;         // that have said something of it
    int64_t known_until = 0;  // the step up to which there are samples, but for its own
    std::deque<Sample> samples = {};
  };
  struct Host {
    std::vector<JobUse> jobs;
    UsageSums sums;
    Instant said_at;
  };
  void change(const std::vector<JobUse>& jobs, int sign, int64_t step);
  static void fill(Job& job, int64_t step);
  void forget(Instant now);

  const UsageLimits limits_;
  std::mutex mutex_;
  std::unordered_map<core::HostId, Host> hosts_;
  std::map<core::JobKey, Job> jobs_;
  int64_t forgotten_step_ = 0;
};

}  // namespace aurora::api

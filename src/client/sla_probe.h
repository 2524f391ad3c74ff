// What a job would keep if some hosts went down (spec/client.md §11.3).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "client/scheduler_client.h"

namespace aurora::client {

struct SlaTarget {
  double percentage = 95;
  Duration duration = minutes(30);
  int64_t min_instances = 20;  // smaller jobs are not looked at
};
struct SlaViolation {
  std::string host;
  core::JobKey job;
  double predicted = 0;     // per cent of its instances that have been up for `duration` and run elsewhere
  int64_t safe_in_secs = -1;  // -1: time alone does not help
};
// The production jobs with tasks on `hosts` that would fall below the target.
Result<std::vector<SlaViolation>> find_violations(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                  const SlaTarget& target, Instant now);

}  // namespace aurora::client

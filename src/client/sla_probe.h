// What jobs would keep if some hosts went down (spec/client.md §11.3).
#pragma once

#include <functional>
#include <map>
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
// "95", "99.5": within (0, 100].
Result<double> parse_percentage(const std::string& text);
// -1 is "n/a".
std::string format_safe_in(int64_t secs);

struct SlaForecast {
  core::JobKey job;
  std::set<std::string> hosts;  // of those that would go down, the job's
  double predicted = 0;         // per cent of its instances that have been up for `duration` and run elsewhere
  Duration duration;            // of the target
  bool is_safe = false;
  int64_t safe_in_secs = 0;  // -1: time alone does not help
};

// The active instances of production jobs at one moment: where each is and how long it has been up.
class SlaView {
 public:
  // Jobs with tasks on these hosts, or without hosts all jobs, page after page. Jobs with fewer instances are left out.
  static Result<SlaView> look(SchedulerClient& scheduler, const std::set<std::string>& hosts, int64_t min_instances,
                              Instant now);

  std::set<std::string> hosts() const;  // that have instances of these jobs
  // Of the jobs on these hosts, if they went down together. In the order of the jobs' keys.
  std::vector<SlaForecast> forecast(const std::set<std::string>& hosts,
                                    const std::function<SlaTarget(const core::JobKey&)>& target_of) const;

 private:
  struct Instance {
    std::string host;
    Duration uptime;  // none unless it is running
  };
  void add(const core::JobKey& job, Instance instance);

  std::map<core::JobKey, std::vector<Instance>> jobs_;
  std::map<std::string, std::set<core::JobKey>> jobs_on_;
};

struct SlaViolation {
  std::string host;
  core::JobKey job;
  double predicted = 0;
  int64_t safe_in_secs = -1;
};
// The production jobs with tasks on `hosts` that would fall below the target.
Result<std::vector<SlaViolation>> find_violations(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                  const SlaTarget& target, Instant now);

}  // namespace aurora::client

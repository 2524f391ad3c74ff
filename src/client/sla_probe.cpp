#include "client/sla_probe.h"

#include <algorithm>
#include <cmath>

#include "client/task_view.h"

namespace aurora::client {
namespace {

using HostsOfJobs = std::map<core::JobKey, std::set<std::string>>;

Result<HostsOfJobs> find_jobs(SchedulerClient& scheduler, const std::set<std::string>& hosts) {
  HostsOfJobs jobs;
  for (const std::string& host : hosts) {
    Query query{{"host", host}, {"active", "true"}};
    TRY(walk_tasks(scheduler, query, [&](const codec::JsonValue& task, const codec::JsonValue* config) {
      if (config != nullptr && config->bool_or("production", false)) jobs[to_task_view(task, config).job].insert(host);
    }));
  }
  return jobs;
}

// Of the instances elsewhere: how long each has been up, shortest first.
std::vector<Duration> uptimes_of(const std::vector<TaskView>& tasks, const std::set<std::string>& hosts, Instant now) {
  std::vector<Duration> uptimes;
  for (const TaskView& task : tasks) {
    if (hosts.contains(task.host)) continue;
    uptimes.push_back(task.is_running && !task.events.empty() ? now - task.events.back().at : Duration{});
  }
  std::ranges::sort(uptimes);
  return uptimes;
}

int64_t find_safe_moment(const std::vector<Duration>& uptimes, int64_t total, const SlaTarget& target) {
  const auto wanted = static_cast<int64_t>(std::ceil(static_cast<double>(total) * target.percentage / 100));
  const int64_t index = static_cast<int64_t>(uptimes.size()) - wanted;
  if (index < 0 || index >= static_cast<int64_t>(uptimes.size())) return -1;
  return (target.duration - uptimes[static_cast<size_t>(index)]).ms / 1000;
}

}  // namespace

Result<std::vector<SlaViolation>> find_violations(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                  const SlaTarget& target, Instant now) {
  std::vector<SlaViolation> violations;
  const HostsOfJobs jobs = TRY(find_jobs(scheduler, hosts));
  for (const auto& [job, on_hosts] : jobs) {
    const std::vector<TaskView> tasks = TRY(list_tasks(scheduler, job, {}, TaskFilter::ActiveOnly));
    const auto total = static_cast<int64_t>(tasks.size());
    if (total < target.min_instances) continue;
    const std::vector<Duration> uptimes = uptimes_of(tasks, hosts, now);
    const auto up = std::ranges::count_if(uptimes, [&](Duration uptime) { return uptime >= target.duration; });
    const double predicted = 100 * static_cast<double>(up) / static_cast<double>(total);
    if (predicted >= target.percentage) continue;
    for (const std::string& host : on_hosts)
      violations.push_back({host, job, predicted, find_safe_moment(uptimes, total, target)});
  }
  return violations;
}

}  // namespace aurora::client

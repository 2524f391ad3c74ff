#include "api/task_usage.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace aurora::api {
namespace {

constexpr Duration kPointMax = minutes(1);  // what an old point may stand for: it is of a minute (executor/usage_history.h)

// What a task used then: the first point after the step's begin, unless the task came, or went, in between.
const executor::UsagePoint* find_point(const std::vector<executor::UsagePoint>& points, Instant at) {
  const auto found = std::ranges::upper_bound(points, at - kUsageStep, {}, &executor::UsagePoint::at);
  if (found == points.end()) return nullptr;
  if (found->at <= at) return &*found;
  return found != points.begin() && found->at - at < kPointMax ? &*found : nullptr;
}

}  // namespace

std::vector<TaskSeries> gather(const ExecutorServices& services) {
  std::vector<std::pair<core::TaskId, TaskSeries>> tasks;
  services.loop.query([&](const core::HostTasks& known) {
    for (const auto& [id, task] : known.tasks()) tasks.emplace_back(id, TaskSeries{task.summary, !is_terminal(task.status), {}});
  });
  std::vector<TaskSeries> series;
  for (auto& [id, one] : tasks) {
    auto history = services.view.usage_history().list(id);
    one.points = std::move(history[""]);
    if (!one.points.empty()) series.push_back(std::move(one));
  }
  return series;
}

std::vector<HostUsagePoint> sum_of_host(const std::vector<TaskSeries>& tasks, Instant now) {
  std::vector<HostUsagePoint> sums;
  const int64_t last = now.ms / kUsageStep.ms;
  for (int64_t step = last - kUsageKept.ms / kUsageStep.ms; step <= last; ++step) {
    HostUsagePoint sum{.at = Instant{step * kUsageStep.ms}};
    bool has_any = false;
    for (const TaskSeries& task : tasks) {
      const executor::UsagePoint* point = find_point(task.points, sum.at);
      if (point == nullptr) continue;
      has_any = true;
      sum.cpus += point->cpus;
      sum.ram_bytes += point->memory_bytes;
      sum.reserved_cpus += task.summary.cpus;
      sum.reserved_ram_mb += task.summary.ram_mb;
    }
    if (has_any || !sums.empty()) sums.push_back(sum);
  }
  return sums;
}

std::vector<JobUse> sums_by_job(const std::vector<TaskSeries>& tasks) {
  std::map<core::JobKey, JobUse> sums;
  for (const TaskSeries& task : tasks) {
    if (!task.is_active || task.points.empty()) continue;
    JobUse& sum = sums[task.summary.job];
    sum.job = task.summary.job;
    ++sum.tasks;
    sum.cpu_milli += std::llround(std::clamp(task.points.back().cpus, 0.0, 1e5) * 1000);
    sum.ram_bytes += std::max<int64_t>(0, task.points.back().memory_bytes);
  }
  std::vector<JobUse> list;
  for (auto& [job, sum] : sums) {
    if (list.size() < UsageBook::kJobsOfHostMax) list.push_back(std::move(sum));
  }
  return list;
}

}  // namespace aurora::api

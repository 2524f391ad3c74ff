// What a host's tasks use together, from what is kept of each (executor/usage_history.h): nothing is measured for it. Pure but
// for gather().
#pragma once

#include <vector>

#include "aurora/api/executor_api.h"
#include "api/usage_book.h"

namespace aurora::api {

struct TaskSeries {
  core::HostTaskSummary summary;
  bool is_active = false;
  std::vector<executor::UsagePoint> points;  // the oldest first
};
// Of all tasks that have used something within the hour.
std::vector<TaskSeries> gather(const ExecutorServices& services);

struct HostUsagePoint {
  Instant at;
  double cpus = 0;
  int64_t ram_bytes = 0;
  double reserved_cpus = 0;  // by the same tasks
  int64_t reserved_ram_mb = 0;
};
// Of the last hour, a point each kUsageStep; none before the first task.
std::vector<HostUsagePoint> sum_of_host(const std::vector<TaskSeries>& tasks, Instant now);

// What tasks that are active used last, by job.
std::vector<JobUse> sums_by_job(const std::vector<TaskSeries>& tasks);

}  // namespace aurora::api

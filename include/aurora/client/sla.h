// `sla get-task-up-count` and `sla get-job-uptime` (spec/client.md §6.8): how long the instances of a job have been up.
#pragma once

#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

struct TaskUpCountOptions {
  std::string key;
  std::string durations = "1m,10m,1h,12h,7d";
};
// Of the instances that ran, how many percent have been up for each duration.
int task_up_count(Session& session, const TaskUpCountOptions& options);

struct JobUptimeOptions {
  std::string key;
  std::string percentiles = "99,95,90,85,75,60,50,30,10";
};
// For how long each percentage of the instances has been up.
int job_uptime(Session& session, const JobUptimeOptions& options);

}  // namespace aurora::client

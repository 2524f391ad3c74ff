// Which jobs a pattern names, on which clusters.
#pragma once

#include <vector>

#include "aurora/client/job_path.h"
#include "client/scheduler_client.h"

namespace aurora::client {

// The scheduler of that cluster; for "*" of every cluster that is configured.
Result<std::vector<SchedulerClient>> find_schedulers(Session& session, const std::string& cluster);

struct ListedJob {
  JobPath path;
  std::string cron_schedule;  // empty: no cron job
  std::string cron_policy;
};
// Jobs of one cluster that the pattern matches, sorted. Says which role it asks for, as the original did.
Result<std::vector<ListedJob>> list_matching_jobs(Session& session, SchedulerClient& scheduler, const JobPattern& pattern);

}  // namespace aurora::client

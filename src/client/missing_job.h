// What is said when a verb finds nothing under a job's key: that there is no such job, and which one may have been meant.
// A few small queries that are sent once and wait for seconds; when they fail, nothing is said.
#pragma once

#include "aurora/client/job_path.h"
#include "client/scheduler_client.h"

namespace aurora::client {

// "There is no job devcluster/www/prod/wbe; did you mean devcluster/www/prod/web?" Empty when there is one (running,
// ended or scheduled with cron), or when nobody knows. A copy of the client, since it gets less patience.
std::string describe_missing_job(SchedulerClient scheduler, const JobPath& path);

// The same, printed: a line on stderr, a warning of classic verbs. Whether there was something to say.
bool tell_missing_job(Session& session, const SchedulerClient& scheduler, const JobPath& path);
bool tell_missing_job(Session& session, const JobPath& path);  // of the scheduler of the path's cluster

// After a sentence about instances that are not active: which ones are, or that there is no such job.
void tell_active(Session& session, const SchedulerClient& scheduler, const JobPath& path, const std::set<int32_t>& active);

// `Invalid instance parameter: [7]` and the exit code, when one of these is not among those that are active.
std::optional<int> fail_if_inactive(Session& session, const SchedulerClient& scheduler, const JobPath& path,
                                    const std::set<int32_t>& instances, const std::set<int32_t>& active);

}  // namespace aurora::client

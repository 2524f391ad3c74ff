// `list_jobs CLUSTER/ROLE` and `job list PARTIAL` (spec/client.md §5.3, §6.1).
#include <algorithm>

#include "aurora/base/split.h"
#include "aurora/client/verbs.h"
#include "client/job_list.h"

namespace aurora::client {

Result<std::vector<SchedulerClient>> find_schedulers(Session& session, const std::string& cluster) {
  std::vector<SchedulerClient> schedulers;
  if (cluster != "*") {
    schedulers.push_back(TRY(SchedulerClient::find(session, cluster)));
    return schedulers;
  }
  for (const auto& [name, known] : TRY(session.list_clusters())) {
    schedulers.push_back(TRY(SchedulerClient::find(session, name)));
  }
  return schedulers;
}

Result<std::vector<ListedJob>> list_matching_jobs(Session& session, SchedulerClient& scheduler, const JobPattern& pattern) {
  const bool has_role = !has_wildcard(pattern.role);
  session.console().info("Retrieving jobs for role " + (has_role ? pattern.role : "None"));
  Query query{{"fields", "key,cronSchedule,cronCollisionPolicy"}};
  if (has_role) query.emplace("role", pattern.role);
  std::vector<ListedJob> jobs;
  for (const auto& entry : TRY(scheduler.list("getJobs", "/v1/jobs", query, "jobs"))) {
    const codec::JsonValue* key = entry.find("key");
    if (key == nullptr) continue;
    const core::JobKey job{key->string_or("role", ""), key->string_or("environment", ""), key->string_or("name", "")};
    if (!pattern.matches(job)) continue;
    jobs.push_back({{scheduler.cluster(), job}, entry.string_or("cronSchedule", ""), entry.string_or("cronCollisionPolicy", "")});
  }
  std::sort(jobs.begin(), jobs.end(), [](const ListedJob& a, const ListedJob& b) { return a.path.job < b.path.job; });
  return jobs;
}

namespace {

std::string describe(const ListedJob& job, const ListJobsOptions& options) {
  const std::string key = to_string(job.path);
  if (!options.show_cron) return key;
  const std::string schedule = job.cron_schedule.empty() ? "None" : job.cron_schedule;
  const std::string policy = job.cron_policy.empty() ? "None" : job.cron_policy;
  if (!options.is_pretty) return key + "\t'" + schedule + "'\t" + policy;
  return "Job " + key + ":\n\tcron schedule: " + schedule + "\n\tcron policy:   " + policy;
}

}  // namespace

int list_jobs(Session& session, const ListJobsOptions& options) {
  const auto pattern = parse_job_pattern(options.pattern);
  if (session.is_classic() && split(options.pattern, '/').size() != 2) {
    return session.fail(ExitCode::Usage, "list_jobs parameter must be in cluster/role format");
  }
  if (!pattern.ok()) return session.fail(ExitCode::Usage, pattern.error().message);
  auto schedulers = find_schedulers(session, pattern->cluster);
  if (!schedulers.ok()) return session.fail(ExitCode::InvalidConfiguration, schedulers.error().message);
  for (SchedulerClient& scheduler : *schedulers) {
    const auto jobs = list_matching_jobs(session, scheduler, *pattern);
    if (!jobs.ok()) return session.fail(jobs.error(), "Command failure:", ExitCode::CommandFailure);
    if (session.is_classic()) report_response(session, "OK", "");
    for (const ListedJob& job : *jobs) session.console().print(describe(job, options));
  }
  return 0;
}

}  // namespace aurora::client

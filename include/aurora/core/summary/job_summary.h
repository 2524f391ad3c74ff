// What lists and pages say of a job. There is no stored job but for cron jobs: everything is computed from its tasks, and of
// a cron job from what it was scheduled with (spec/scheduler.md §1.2, §1.10). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cron/cron_plan.h"

namespace aurora::core {

struct JobStats {        // tasks of any age, by what became of them
  int32_t pending = 0;   // Init, Pending, Throttled
  int32_t active = 0;    // on a host
  int32_t finished = 0;  // Finished, Killed
  int32_t failed = 0;    // Failed, Lost
  friend bool operator==(const JobStats&, const JobStats&) = default;
};
void fields(Is<JobStats> auto& s, auto&& visit) {
  visit("pendingTaskCount", s.pending);
  visit("activeTaskCount", s.active);
  visit("finishedTaskCount", s.finished);
  visit("failedTaskCount", s.failed);
}

struct JobSummary {
  JobKey key;
  std::string job_type;  // service, adhoc or cron
  bool production = false;
  std::string tier;
  int32_t priority = 0;
  int32_t instance_count = 0;  // active instances; when none is active, those that are remembered; of a cron job: a run's
  JobStats stats;
  bool is_unstable = false;             // its recent attempts failed
  std::optional<UpdateKey> update_key;  // of the active update
  std::optional<std::string> contact_email;
  std::optional<std::string> cron_schedule;
  std::optional<CronCollisionPolicy> cron_collision_policy = {};
  std::optional<Instant> next_cron_run;
};
void fields(Is<JobSummary> auto& s, auto&& visit) {
  visit("key", s.key);
  visit("jobType", s.job_type);
  visit("production", s.production);
  visit("tier", s.tier);
  visit("priority", s.priority);
  visit("instanceCount", s.instance_count);
  visit("stats", s.stats);
  visit("isUnstable", s.is_unstable);
  visit("updateKey", s.update_key);
  visit("contactEmail", s.contact_email);
  visit("cronSchedule", s.cron_schedule);
  visit("cronCollisionPolicy", s.cron_collision_policy);
  visit("nextCronRunMs", s.next_cron_run);
}

// Instances with equal configurations.
struct ConfigGroup {
  TaskConfigRef config;
  std::vector<InstanceRange> instances;
};
void fields(Is<ConfigGroup> auto& g, auto&& visit) {
  visit("config", g.config);
  visit("instances", g.instances);
}

// From kept counts: costs the same for jobs of any size, but for one of which nothing is active.
JobStats job_stats(const Cluster& cluster, const JobKey& job);
JobStats job_stats(const StatusCounts& counts);
std::string job_type(const TaskConfig& config);  // service or adhoc
// What the job is: the cron job's template, or the configuration of its latest task. Nothing if there is neither.
const TaskConfig* find_job_config(const Cluster& cluster, const JobKey& job);
std::string job_type(const Cluster& cluster, const JobKey& job);  // or cron. REQUIRES: it has a configuration
// Nothing if there is no task of the job, active or terminal, and no cron job.
std::optional<JobSummary> find_job_summary(const Cluster& cluster, const JobKey& job, Instant now,
                                           const CronSettings& cron);
bool is_unstable(const Cluster& cluster, const JobKey& job, Instant now);  // JobSummary's
std::vector<ConfigGroup> list_config_groups(const Cluster& cluster,
                                            const JobKey& job);  // active, by lowest instance

}  // namespace aurora::core

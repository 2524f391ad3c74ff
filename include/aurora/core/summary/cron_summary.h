// What lists and pages say of a cron job. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cron/cron_plan.h"

namespace aurora::core {

struct CronSummary {
  JobKey key;
  std::string schedule;            // as it was asked for
  std::string canonical_schedule;  // empty: it cannot be read
  CronCollisionPolicy collision_policy = CronCollisionPolicy::KillExisting;
  std::string time_zone;
  int32_t instance_count = 0;
  int32_t active_tasks = 0;
  std::vector<Instant> next_runs;      // the first of those to come
  std::optional<Instant> waits_since;  // the moment of a run that waits for the tasks before it
  std::optional<CronRun> last_run;
  std::string user;
  Instant scheduled_at;
  std::string problem;  // why there are no next runs; empty: nothing is wrong
};
void fields(Is<CronSummary> auto& c, auto&& visit) {
  visit("key", c.key);
  visit("schedule", c.schedule);
  visit("canonicalSchedule", c.canonical_schedule);
  visit("collisionPolicy", c.collision_policy);
  visit("timeZone", c.time_zone);
  visit("instanceCount", c.instance_count);
  visit("activeTaskCount", c.active_tasks);
  visit("nextRunsMs", c.next_runs);
  visit("waitsSinceMs", c.waits_since);
  visit("user", c.user);
  visit("scheduledAtMs", c.scheduled_at);
  visit("problem", c.problem);
}

CronSummary summary_of(const Cluster& cluster, const CronJob& job, size_t next_runs_max, const CronSettings& settings,
                       Instant now);
// Strictly after `now`; nothing if there is none, or the schedule cannot be followed.
std::optional<Instant> next_cron_run(const JobConfiguration& job, const CronSettings& settings, Instant now);

}  // namespace aurora::core

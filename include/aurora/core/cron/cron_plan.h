// A cron job's schedule, ready to be followed.
#pragma once

#include <memory>
#include <string>

#include "aurora/core/cron/cron_schedule.h"
#include "aurora/core/job/job.h"

namespace aurora::core {

struct CronSettings {
  std::string time_zone = "GMT";  // of jobs that name none
  Duration start_initial_backoff = seconds(5);  // the first wait for the end of the tasks of the run before
  Duration start_max_backoff = minutes(1);      // it doubles until here
  std::shared_ptr<const TimeZones> zones = utc_alone();
};

struct CronPlan {
  CronSchedule schedule;
  const TimeZone* zone = nullptr;
};

// "Job has an empty cron schedule.", "Invalid cron schedule: <text>" with what is wrong in the details, or that there is no
// such time zone. REQUIRES: the job has a schedule.
Result<CronPlan> read_cron_plan(const JobConfiguration& job, const CronSettings& settings);
const std::string& time_zone_of(const JobConfiguration& job, const CronSettings& settings);
Result<const TimeZone*> find_time_zone(const std::string& name, const CronSettings& settings);

}  // namespace aurora::core

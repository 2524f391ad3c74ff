#include "aurora/core/cron/cron_plan.h"

namespace aurora::core {

const std::string& time_zone_of(const JobConfiguration& job, const CronSettings& settings) {
  return job.cron_time_zone ? *job.cron_time_zone : settings.time_zone;
}

Result<const TimeZone*> find_time_zone(const std::string& name, const CronSettings& settings) {
  if (const TimeZone* zone = settings.zones->find(name)) return zone;
  return Error{ErrorCode::InvalidArgument,
               "There is no time zone '" + name + "'; use a name such as Europe/Berlin, America/New_York or GMT"};
}

Result<CronPlan> read_cron_plan(const JobConfiguration& job, const CronSettings& settings) {
  const std::string& text = *job.cron_schedule;
  if (text.empty()) return Error{ErrorCode::InvalidArgument, "Job has an empty cron schedule."};
  auto schedule = parse_cron_schedule(text);
  if (!schedule.ok())
    return Error{ErrorCode::InvalidArgument, "Invalid cron schedule: " + text, {schedule.error().message}};
  const TimeZone* zone = TRY(find_time_zone(time_zone_of(job, settings), settings));
  return CronPlan{std::move(schedule).value(), zone};
}

}  // namespace aurora::core

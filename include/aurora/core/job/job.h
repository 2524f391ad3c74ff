// What a user asks for: a configuration and how many instances of it (spec/api.md §6.3, spec/scheduler.md §1.2).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/core/job/task_config.h"

namespace aurora::core {

enum class CronCollisionPolicy { KillExisting = 0, CancelNew = 1, RunOverlap = 2 };

struct JobConfiguration {
  JobKey key;
  Identity owner;
  std::optional<std::string> cron_schedule;  // set, even empty, makes it a cron job
  CronCollisionPolicy cron_collision_policy = CronCollisionPolicy::KillExisting;
  std::optional<std::string> cron_time_zone = {};  // by IANA name; absent: the site's
  TaskConfig task_config;
  int32_t instance_count = 1;
  friend bool operator==(const JobConfiguration&, const JobConfiguration&) = default;
};
void fields(Is<JobConfiguration> auto& j, auto&& visit) {
  visit("key", j.key);
  visit("owner", j.owner);
  visit("cronSchedule", j.cron_schedule);
  visit("cronCollisionPolicy", j.cron_collision_policy);
  visit("cronTimeZone", j.cron_time_zone);
  visit("taskConfig", j.task_config);
  visit("instanceCount", j.instance_count);
}

// Instances first..last, both included.
struct InstanceRange {
  int32_t first = 0;
  int32_t last = 0;
  friend auto operator<=>(const InstanceRange&, const InstanceRange&) = default;
};
void fields(Is<InstanceRange> auto& r, auto&& visit) {
  visit("first", r.first);
  visit("last", r.last);
}
std::vector<InstanceRange> to_ranges(const std::set<int32_t>& instances);
std::set<int32_t> to_set(const std::vector<InstanceRange>& ranges);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::CronCollisionPolicy> {
  using enum aurora::core::CronCollisionPolicy;
  static constexpr std::array<EnumName<aurora::core::CronCollisionPolicy>, 3> values{
      {{KillExisting, "KILL_EXISTING"}, {CancelNew, "CANCEL_NEW"}, {RunOverlap, "RUN_OVERLAP"}}};
};

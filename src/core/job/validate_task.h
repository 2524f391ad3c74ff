// The rules for one task configuration, in the order in which they are asked (spec/scheduler.md §6.2).
#pragma once

#include "aurora/core/job/validate.h"

namespace aurora::core {

Error invalid(std::string message);
Status check_job_key(const JobKey& key);

// Fills in the default tier; `production` follows from the tier, whatever the client says.
Status apply_tier(TaskConfig& config, const JobLimits& limits);
Status check_executor(const TaskConfig& config);
Status check_dedicated(const TaskConfig& config);
Status check_container(const TaskConfig& config, const JobLimits& limits);
Status check_resources(const TaskConfig& config, const JobLimits& limits);
Status check_sla_policy(const TaskConfig& config, int32_t instance_count, const JobLimits& limits);
// Links to the ports `health` and `http`, unless the job brings its own links.
void add_default_links(TaskConfig& config);

}  // namespace aurora::core

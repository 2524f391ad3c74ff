#include "aurora/core/job/validate.h"

#include <regex>

#include "aurora/core/job/task_limits.h"
#include "core/job/validate_task.h"

namespace aurora::core {
namespace {

// Compiling the pattern costs more than the rest of a validation, and it is the same one all the time.
const std::regex& compiled(const std::string& pattern) {
  thread_local std::string source;
  thread_local std::regex regex;
  if (source != pattern) {
    regex = std::regex(pattern);
    source = pattern;
  }
  return regex;
}

Status check_environment(const std::string& environment, const JobLimits& limits) {
  bool allowed = false;
  try {
    allowed = std::regex_match(environment, compiled(limits.allowed_environments));
  } catch (const std::regex_error& error) {
    return Error{ErrorCode::Internal, "The scheduler's pattern of allowed job environments '" +
                                          limits.allowed_environments +
                                          "' is not a regular expression: " + error.what()};
  }
  if (allowed) return Unit{};
  return invalid("Job environment " + environment + " doesn't match: " + limits.allowed_environments);
}

// A job's configuration may leave out whose it is; it may not contradict the job.
Status adopt_key(JobConfiguration& job) {
  TaskConfig& config = job.task_config;
  if (config.job == JobKey{}) config.job = job.key;
  if (config.owner.user.empty()) config.owner = job.owner;
  if (config.job == job.key) return Unit{};
  return invalid("Job key " + to_string(job.key) + " differs from the key of its task configuration, " +
                 to_string(config.job) + ".");
}

}  // namespace

Status about(const JobKey& job, Status status) {
  if (status.ok()) return status;
  return Error{status.error().code, to_string(job) + ": " + status.error().message};
}

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Status check_job_key(const JobKey& key) {
  if (is_identifier(key.role) && is_identifier(key.environment) && is_identifier(key.name)) return Unit{};
  return invalid("Job key JobKey(role:" + key.role + ", environment:" + key.environment +
                 ", name:" + key.name + ") is invalid.");
}

Result<TaskConfig> validate(TaskConfig config, int32_t instance_count, const JobLimits& limits) {
  TRY(apply_tier(config, limits));
  TRY(check_job_key(config.job));
  TRY(check_executor(config));
  TRY(check_dedicated(config));
  TRY(check_container(config, limits));
  TRY(check_resources(config, limits));
  TRY(check_sla_policy(config, instance_count, limits));
  TRY(about(config.job, check_limits(config)));
  add_default_links(config);
  make_canonical(config);
  return config;
}

Result<JobConfiguration> validate(JobConfiguration job, const JobLimits& limits) {
  if (job.task_config == TaskConfig{}) return invalid("Job configuration must have taskConfig set.");
  if (job.instance_count <= 0) return invalid("Instance count must be positive.");
  TRY(check_job_key(job.key));
  TRY(check_environment(job.key.environment, limits));
  if (!job.owner.user.empty() && !is_identifier(job.owner.user)) {
    return invalid("Job user contains illegal characters: " + job.owner.user);
  }
  TRY(adopt_key(job));
  job.task_config = TRY(validate(std::move(job.task_config), job.instance_count, limits));
  if (job.cron_schedule && !job.cron_schedule->empty() && job.task_config.is_service) {
    return invalid("A service task may not be run on a cron schedule: " + to_string(job.key));
  }
  return job;
}

Status check_instance_count(int64_t count, const JobLimits& limits) {
  if (count >= 1 && count <= limits.tasks_per_job_max) return Unit{};
  return invalid("Instance count must be between 1 and " + std::to_string(limits.tasks_per_job_max) +
                 " inclusive.");
}

}  // namespace aurora::core

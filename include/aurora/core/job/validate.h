// The rules a configuration must pass, with the exact texts of Aurora 0.22 (spec/scheduler.md §6).
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/job/job.h"

namespace aurora::core {

struct Tier {
  bool preemptible = false;
  bool revocable = false;
};

struct JobLimits {
  std::string allowed_environments = R"(^(prod|devel|test|staging\d*)$)";
  int32_t tasks_per_job_max = 4000;
  int32_t update_instance_failures_max = 20000;
  bool allow_docker_parameters = false;
  bool require_docker_use_executor = true;
  bool allow_docker_containers = false;
  bool allow_gpu_resource = false;
  bool enable_revocable_cpus = true;  // false: tasks of a revocable tier have cores like any others
  bool enable_mesos_fetcher = false;
  bool allow_container_volumes = false;
  bool sla_aware_kill_non_prod = false;
  int32_t sla_instances_min = 20;
  int64_t sla_duration_secs_max = 7200;
  std::string default_tier = "preemptible";
  std::map<std::string, Tier> tiers = {
      {"preferred", {false, false}}, {"preemptible", {true, false}}, {"revocable", {true, true}}};
};

// Both return the configuration with defaults filled in (tier, production, task links), canonical.
Result<TaskConfig> validate(TaskConfig config, int32_t instance_count, const JobLimits& limits);
Result<JobConfiguration> validate(JobConfiguration job, const JobLimits& limits);
// "Instance count must be between 1 and <max> inclusive."
Status check_instance_count(int64_t count, const JobLimits& limits);
// The same with the job's key in front of its message.
Status about(const JobKey& job, Status status);

}  // namespace aurora::core

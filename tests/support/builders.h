// Valid core values to begin a test with: change what matters, leave the rest.
#pragma once

#include <string>

#include "aurora/core/commands/command.h"

namespace aurora::test {

// "role/environment/name". REQUIRES: two slashes.
core::JobKey a_key(const std::string& text = "www/prod/web");

// 1 core, 128 MB, 64 MB disk, AuroraExecutor, the default tier: passes validation as it is.
core::TaskConfig a_config(const std::string& job = "www/prod/web");
core::TaskConfig a_service(const std::string& job = "www/prod/web");
core::JobConfiguration a_job(const std::string& job = "www/prod/web", int32_t instances = 1);
// The job of `config`, which need not be that of a_config().
core::JobConfiguration a_job_of(const core::TaskConfig& config, int32_t instances = 1);

// In `status` since `at`, by the shortest legal way; on host "h1" if it ever was on one. Its id is
// <role>-<env>-<name>-<instance>-<suffix>.
struct TaskRecipe {
  core::TaskStatus status = core::TaskStatus::Pending;
  int32_t instance = 0;
  core::TaskConfig config = a_config();
  std::string suffix = "1";
  std::string host = "h1";
  Instant at = Instant{1'700'000'000'000};
};
core::Task a_task(const TaskRecipe& recipe = {});
core::Task a_task(core::TaskStatus status);

// 16 cores, 16 GB, 64 GB disk, ports 31000-32000, attributes "host" and "rack".
core::Host a_host(const std::string& name = "h1", const std::string& rack = "r1");

}  // namespace aurora::test

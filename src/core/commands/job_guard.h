// What every command that changes a job asks first.
#pragma once

#include "aurora/core/commands/command.h"

namespace aurora::core {

// "Job is currently updating": while an update is active, only it may change the job.
Status check_not_updating(const Cluster& cluster, const JobKey& job);

}  // namespace aurora::core

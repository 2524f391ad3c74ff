// What every command that changes a job asks first.
#pragma once

#include "aurora/core/commands/command.h"

namespace aurora::core {

// "Job is currently updating": while an update is active, only it may change the job. The error's details are its id: by that
// a client knows this refusal from others.
Status check_not_updating(const Cluster& cluster, const JobKey& job);
// At most 1024 characters: what a user says along with a request is stored with every task or event that it
// concerns.
Status check_message(std::string_view of_what, const std::string& message);

// No more than a job can have: each is looked for, and a list is as long as its sender likes.
Status check_listed(const std::set<int32_t>& instances, const JobLimits& limits);

}  // namespace aurora::core

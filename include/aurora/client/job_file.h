// A job of a job file, for what is not a request to a scheduler.
#pragma once

#include <string>
#include <variant>

#include "aurora/client/verbs.h"
#include "aurora/core/job/job.h"

namespace aurora::client {

// With the built-in tiers. Otherwise the failure was printed, and the verb ends with this exit code.
std::variant<core::JobConfiguration, int> load_job_file(Session& session, const std::string& key, const JobFile& file);

}  // namespace aurora::client

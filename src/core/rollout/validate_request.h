// What a user may ask of an update, with the exact texts of Aurora 0.22 (spec/scheduler.md §9.1).
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/job/validate.h"
#include "aurora/core/update/update_request.h"
#include "core/rollout/update_lifecycle.h"

namespace aurora::core {

// Checks 1 to 12 in their order; the request comes back with its strategy filled in and its configuration
// canonical.
Result<JobUpdateRequest> validate(JobUpdateRequest request, const JobLimits& limits);
MoveNote make_note(const std::string& user, const std::string& message);

}  // namespace aurora::core

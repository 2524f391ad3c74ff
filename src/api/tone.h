// What a status means: to the eye, as a tone, and in words. Pages hold no lists of statuses (spec/web-ui.md
// §2.1). Pure.
#pragma once

#include <string_view>

#include "aurora/core/cron/cron_job.h"
#include "aurora/core/task/task_status.h"
#include "aurora/core/update/job_update.h"

namespace aurora::api {

// ok, attention, failed, progress or neutral
std::string_view tone_of(core::TaskStatus status);
std::string_view tone_of(core::UpdateStatus status);
std::string_view tone_of(core::CronOutcome outcome);
std::string_view tone_of(core::InstanceAction action);

// One sentence for people; empty for what they never see.
std::string_view meaning_of(core::TaskStatus status);

}  // namespace aurora::api

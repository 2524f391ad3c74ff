// Cron jobs of job files, for verbs that meet one.
#pragma once

#include "client/loaded_job.h"

namespace aurora::client {

// Schedules it, or replaces its template, and prints what came of it.
int schedule_cron_job(Session& session, const LoadedJob& job);
// Only if there is one already: what the original's `update` did with a cron job.
int replace_cron_template(Session& session, const LoadedJob& job);

}  // namespace aurora::client

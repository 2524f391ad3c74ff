// Waiting for an update until it is no longer active (spec/client.md §8.4).
#pragma once

#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/update_view.h"
#include "client/wait_notice.h"

namespace aurora::client {

void show_update_progress(Console& console, const UpdateView& update);

// What keeps tasks of the job pending; absent when none are, or for none a host was looked for.
std::optional<Waiting> find_pending(SchedulerClient& scheduler, const core::JobKey& job);

// "The update goes on; `aurora update wait KEY` watches again, ..."
std::string words_of_update_going_on(const JobPath& path);

enum class UpdateGoal { Forward, Back };
// Prints `Current state <STATUS>` at the start and on each change; returns the exit code for what was wanted.
int watch_update(Session& session, SchedulerClient& scheduler, const core::JobKey& job, const std::string& id,
                 UpdateGoal goal);

}  // namespace aurora::client

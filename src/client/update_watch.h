// Waiting for an update until it is no longer active (spec/client.md §8.4).
#pragma once

#include "aurora/client/verbs.h"
#include "client/update_view.h"

namespace aurora::client {

void show_update_progress(Console& console, const UpdateView& update);

enum class UpdateGoal { Forward, Back };
// Prints `Current state <STATUS>` at the start and on each change; returns the exit code for what was wanted.
int watch_update(Session& session, SchedulerClient& scheduler, const core::JobKey& job, const std::string& id,
                 UpdateGoal goal);

}  // namespace aurora::client

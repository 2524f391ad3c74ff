// What a change, or a request of somebody, means for who follows events. Pure; costs what the change is.
#pragma once

#include <vector>

#include "aurora/core/commands/command.h"
#include "aurora/scheduler/event.h"

namespace aurora::scheduler {

// Adds what `change` makes happen, if anything. `before`: the cluster without it.
void add_events(const core::Cluster& before, const core::Change& change, Instant now, std::vector<Event>& events);

// What was asked for and done.
std::optional<Event> find_event(const core::Command& command, const core::Answer& answer, Instant now);

}  // namespace aurora::scheduler

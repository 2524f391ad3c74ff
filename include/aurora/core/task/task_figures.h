// What pages say of a task beyond its record. Pure.
#pragma once

#include <string>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

Instant last_event_at(const Task& task);  // the epoch without events

// From its first Running to what followed, or to `now` (spec/web-ui.md §7.3). Nothing if it never ran.
Duration running_duration(const Task& task, Instant now);

// Why an instance waits although there is room: its occupant is a task that the tables do not have.
std::string why_held(const UnknownTask& occupant);

// Why the task is in its status: for a pending one what keeps it from being placed, else the last event's
// message.
std::string status_reason(const Cluster& cluster, const Task& task);

}  // namespace aurora::core

// What pages say of a task beyond its record. Pure.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/task/timing.h"

namespace aurora::core {

Instant last_event_at(const Task& task);  // the epoch without events

// Its first Running, and what followed: nothing yet while it runs, neither if it never ran.
struct RunningTime {
  std::optional<Instant> from = {};
  std::optional<Instant> until = {};
};
RunningTime running_time(const Task& task);
// How long that is, or is until `now` (spec/web-ui.md §7.3).
Duration running_duration(const Task& task, Instant now);

// Why an instance waits although there is room: its occupant is a task that the tables do not have.
std::string why_held(const UnknownTask& occupant);

// Why the task is in its status: for a pending one what keeps it from being placed (never empty), else the
// last event's message.
std::string status_reason(const Cluster& cluster, const Task& task);

// Of a throttled task: how many runs before it, one after the other, ended too quickly. As far as history
// reaches, and not beyond 100.
int64_t failures_in_row(const Cluster& cluster, const Task& task, const TaskTiming& timing);

// "starts again in 0:41 (5th failure in a row)"; without the number when it is 0.
std::string throttle_sentence(Instant starts_again_at, int64_t failures, Instant now);

// Why nothing is placed after a start of the scheduler, `until` then at most.
std::string listening_sentence(Instant until, Instant now);

}  // namespace aurora::core

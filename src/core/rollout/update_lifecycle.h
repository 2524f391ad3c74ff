// How an update moves between statuses: the table of spec/scheduler.md §9.3 as data.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/decision/decision.h"
#include "aurora/core/update/update_request.h"

namespace aurora::core {

bool can_move(UpdateStatus from, UpdateStatus to);
bool is_forward(UpdateStatus status);  // of a non-terminal status: rolling forward, not back
bool is_awaiting_pulse(UpdateStatus status);

// The status that a user's request leads to. `pulse_expired`: the update waits for pulses and none is fresh.
// Nothing when the request has no meaning in this status.
std::optional<UpdateStatus> find_target(UpdateStatus from, UpdateControl control, bool pulse_expired);

// Who moved the update and why.
struct MoveNote {
  std::optional<std::string> user = std::nullopt;
  std::optional<std::string> message = std::nullopt;
};
// Appends the event. The same status again does nothing; a move that the table does not know is an error.
// REQUIRES: at most one move of an update per decision.
Status move_update(const JobUpdate& update, UpdateStatus to, const MoveNote& note, Instant now,
                   Decision& decision);

}  // namespace aurora::core

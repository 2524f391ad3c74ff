#include "core/rollout/update_lifecycle.h"

#include <algorithm>

namespace aurora::core {
namespace {

using enum UpdateStatus;

struct UpdateRule {
  UpdateStatus from;
  UpdateStatus to;
};

constexpr UpdateRule kRules[] = {
    {RollingForward, RollingBack},
    {RollingForward, RollForwardPaused},
    {RollingForward, RollForwardAwaitingPulse},
    {RollingForward, RolledForward},
    {RollingForward, Aborted},
    {RollingForward, Failed},
    {RollingForward, Error},

    {RollingBack, RollBackPaused},
    {RollingBack, RollBackAwaitingPulse},
    {RollingBack, RolledBack},
    {RollingBack, Aborted},
    {RollingBack, Failed},
    {RollingBack, Error},

    {RollForwardPaused, RollingForward},
    {RollForwardPaused, RollingBack},
    {RollForwardPaused, RollForwardAwaitingPulse},
    {RollForwardPaused, Aborted},
    {RollForwardPaused, Error},

    {RollBackPaused, RollingBack},
    {RollBackPaused, RollBackAwaitingPulse},
    {RollBackPaused, Aborted},
    {RollBackPaused, Error},

    {RollForwardAwaitingPulse, RollingForward},
    {RollForwardAwaitingPulse, RollingBack},
    {RollForwardAwaitingPulse, RollForwardPaused},
    {RollForwardAwaitingPulse, Aborted},
    {RollForwardAwaitingPulse, Error},

    {RollBackAwaitingPulse, RollingBack},
    {RollBackAwaitingPulse, RollBackPaused},
    {RollBackAwaitingPulse, Aborted},
    {RollBackAwaitingPulse, Error},
};

std::optional<UpdateStatus> find_pause_target(UpdateStatus from) {
  if (is_terminal(from)) return std::nullopt;
  return is_forward(from) ? RollForwardPaused : RollBackPaused;
}

std::optional<UpdateStatus> find_resume_target(UpdateStatus from, bool pulse_expired) {
  const bool paused = from == RollForwardPaused || from == RollBackPaused;
  if (!pulse_expired) {
    if (!paused && !is_working(from)) return std::nullopt;
    return is_forward(from) ? RollingForward : RollingBack;
  }
  if (!paused && !is_awaiting_pulse(from)) return std::nullopt;
  return is_forward(from) ? RollForwardAwaitingPulse : RollBackAwaitingPulse;
}

}  // namespace

bool can_move(UpdateStatus from, UpdateStatus to) {
  return std::any_of(std::begin(kRules), std::end(kRules),
                     [&](const UpdateRule& rule) { return rule.from == from && rule.to == to; });
}

bool is_forward(UpdateStatus status) {
  return status == RollingForward || status == RollForwardPaused || status == RollForwardAwaitingPulse;
}

bool is_awaiting_pulse(UpdateStatus status) {
  return status == RollForwardAwaitingPulse || status == RollBackAwaitingPulse;
}

std::optional<UpdateStatus> find_target(UpdateStatus from, UpdateControl control, bool pulse_expired) {
  switch (control) {
    case UpdateControl::Pause:
      return find_pause_target(from);
    case UpdateControl::Resume:
      return find_resume_target(from, pulse_expired);
    case UpdateControl::Abort:
      return Aborted;
    case UpdateControl::Rollback:
      return RollingBack;
  }
  return std::nullopt;
}

Status move_update(const JobUpdate& update, UpdateStatus to, const MoveNote& note, Instant now,
                   Decision& decision) {
  const UpdateStatus from = status_of(update);
  if (from == to) return Unit{};
  if (!can_move(from, to)) {
    return aurora::Error{ErrorCode::FailedPrecondition, "Cannot transition update from " +
                                                            std::string(enum_name(from)) + " to " +
                                                            std::string(enum_name(to))};
  }
  decision.changes.push_back(UpdateEventAdded{update.key, static_cast<int32_t>(update.events.size()),
                                              UpdateEvent{to, now, note.user, note.message}});
  return Unit{};
}

}  // namespace aurora::core

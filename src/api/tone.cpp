#include "api/tone.h"

namespace aurora::api {

std::string_view tone_of(core::TaskStatus status) {
  using enum core::TaskStatus;
  switch (status) {
    case Running:
    case Finished:
      return "ok";
    case Assigned:
    case Pending:
    case Lost:
    case Killing:
    case Draining:
    case Preempting:
      return "attention";
    case Throttled:
    case Failed:
      return "failed";
    case Starting:
      return "progress";
    case Killed:
    case Restarting:
    case Partitioned:
    case Init:
    case Deleted:
      return "neutral";
  }
  return "neutral";
}

std::string_view tone_of(core::UpdateStatus status) {
  using enum core::UpdateStatus;
  switch (status) {
    case RolledForward:
      return "ok";
    case RollForwardAwaitingPulse:
    case RollForwardPaused:
      return "attention";
    case RollingBack:
    case RolledBack:
    case RollBackPaused:
    case RollBackAwaitingPulse:
    case Aborted:
    case Error:
    case Failed:
      return "failed";
    case RollingForward:
      return "progress";
  }
  return "neutral";
}

std::string_view tone_of(core::InstanceAction action) {
  using enum core::InstanceAction;
  switch (action) {
    case Updated:
      return "ok";
    case RollingBack:
    case RolledBack:
      return "attention";
    case UpdateFailed:
    case RollbackFailed:
      return "failed";
    case Updating:
      return "progress";
  }
  return "neutral";
}

}  // namespace aurora::api

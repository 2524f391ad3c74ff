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

std::string_view tone_of(core::CronOutcome outcome) {
  using enum core::CronOutcome;
  switch (outcome) {
    case Started:
      return "ok";
    case Waiting:
      return "progress";
    case Cancelled:
    case Ignored:
      return "attention";
    case Missed:
    case Failed:
      return "failed";
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

std::string_view meaning_of(core::TaskStatus status) {
  using enum core::TaskStatus;
  switch (status) {
    case Init:
    case Deleted:
      return "";
    case Pending:
      return "The scheduler looks for a host that satisfies the task's resources and constraints.";
    case Throttled:
      return "It will run again, but is held back because it restarts too often.";
    case Assigned:
      return "A host is chosen and is being told to launch it.";
    case Starting:
      return "The executor is preparing to run it.";
    case Running:
      return "The user's processes are running.";
    case Finished:
      return "It ran and ended successfully.";
    case Failed:
      return "It ran and did not end successfully.";
    case Killing:
      return "A user, an update or a cron run asked for its end.";
    case Killed:
      return "It was ended by a user, an update or a cron run.";
    case Restarting:
      return "It is being ended in order to run again.";
    case Preempting:
      return "It is being ended to make room for a more important task.";
    case Draining:
      return "It is being moved because its host is under maintenance.";
    case Partitioned:
      return "Its host has not reported for a while; it may still be running.";
    case Lost:
      return "Nothing is known of it any more, usually because its host or executor failed.";
  }
  return "";
}

}  // namespace aurora::api

#include "aurora/core/process/runner_outcome.h"

#include "aurora/base/digits.h"
#include "aurora/base/printable.h"

namespace aurora::core {
namespace {

RunnerOutcome outcome_of_state(RunState state) {
  switch (state) {
    case RunState::Success:
      return {TaskStatus::Finished, "Task finished."};
    case RunState::Failed:
      return {TaskStatus::Failed, "Task failed."};
    case RunState::Killed:
      return {TaskStatus::Killed, "Task killed."};
    case RunState::Lost:
      return {TaskStatus::Lost, "Task lost."};
    case RunState::Active:
      return {TaskStatus::Lost, "Runner died while task was active."};
    case RunState::Cleaning:
    case RunState::Finalizing:
      return {TaskStatus::Lost, "Task checkpoint could not be read."};
  }
  return {TaskStatus::Lost, "Task checkpoint could not be read."};
}

RunnerOutcome outcome_of_exit(int exit_code) {
  switch (exit_code) {
    case 101:
      return {TaskStatus::Lost, "Thermos failed with internal error."};
    case 102:
      return {TaskStatus::Failed, "Thermos received an invalid task."};
    case 103:
      return {TaskStatus::Lost, "Thermos failed with an unknown error."};
    case 104:
      return {TaskStatus::Failed, "Task started with unknown user."};
    default:
      return {TaskStatus::Lost,
              "Thermos exited for unknown reason (exit status: " + std::to_string(exit_code) + ")"};
  }
}

RunnerOutcome outcome_without_kill(const RunnerEnd& end) {
  // What the checkpoint says counts more than how the runner went: its last record is written before it
  // exits.
  if (end.last_state && is_terminal(*end.last_state)) return outcome_of_state(*end.last_state);
  if (end.signal) return {TaskStatus::Killed, "Task killed by signal " + std::to_string(*end.signal) + "."};
  if (end.exit_code && *end.exit_code != 0) return outcome_of_exit(*end.exit_code);
  if (end.last_state) return outcome_of_state(*end.last_state);
  return {TaskStatus::Lost, "Task checkpoint could not be read."};
}

}  // namespace

// The first reason wins (§11.2): its message stands, whatever the task then did. A task that had ended by
// itself before is not asked any more.
RunnerOutcome outcome_of(const RunnerEnd& end, const std::optional<RunnerOutcome>& asked) {
  if (end.memory_limit && (!asked || asked->status != TaskStatus::Killed)) {
    RunnerOutcome outcome{TaskStatus::Failed, "Task used more memory than requested.", end.memory_limit};
    if (end.reason) outcome.reason = because_of(*outcome.reason, *end.reason);
    return outcome;
  }
  const bool ended_by_itself =
      end.last_state && (*end.last_state == RunState::Success || *end.last_state == RunState::Failed);
  if (asked && !ended_by_itself) return because_asked(*asked, end);
  RunnerOutcome outcome = asked ? outcome_of_state(*end.last_state) : outcome_without_kill(end);
  outcome.reason = end.reason;
  return outcome;
}

RunnerOutcome because_asked(RunnerOutcome asked, const RunnerEnd& end) {
  if (asked.reason && end.reason) asked.reason = because_of(*asked.reason, *end.reason);
  return asked;
}

RunnerOutcome killed_on_request() {
  return {TaskStatus::Killed, "Instructed to kill task.", EndReason{.cause = EndCause::Killed}};
}

RunnerOutcome failed_health_check(const std::string& checker, const std::string& why) {
  return {TaskStatus::Failed, "Failed health check! " + why,
          EndReason{.cause = EndCause::HealthCheck, .subject = checker, .detail = printable_line(why)}};
}

RunnerOutcome disk_limit_exceeded(int64_t reserved_bytes, int64_t used_bytes) {
  return limit_exceeded(
      "disk",
      "Disk limit exceeded.  Reserved " + std::to_string(reserved_bytes) + " bytes vs used " +
          std::to_string(used_bytes) + " bytes.",
      grouped_digits(used_bytes) + " bytes used, " + grouped_digits(reserved_bytes) + " reserved");
}

RunnerOutcome limit_exceeded(const std::string& limit, const std::string& message,
                             const std::string& figures) {
  return {TaskStatus::Failed, message,
          EndReason{.cause = EndCause::Limit, .subject = limit, .detail = figures}};
}

}  // namespace aurora::core

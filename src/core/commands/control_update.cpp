// Users pause, resume, abort and roll back updates (spec/scheduler.md §9.3).
#include "aurora/core/commands/command.h"
#include "core/commands/job_guard.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_lifecycle.h"
#include "core/rollout/validate_request.h"

namespace aurora::core {
namespace {

Error does_not_exist(const ControlUpdate& command) {
  const char* separator = command.control == UpdateControl::Resume ? ": " : " ";
  return {ErrorCode::NotFound, std::string("Update does not exist") + separator + to_string(command.key)};
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const ControlUpdate& command, const Context& context) {
  const JobUpdate* update = cluster.find_update(command.key);
  if (!update) return does_not_exist(command);
  TRY(check_message("update", command.message));
  const UpdateStatus from = status_of(*update);
  const bool expired = is_pulse_expired(*update, progress_of(cluster, *update), context.now);
  const std::optional<UpdateStatus> to = find_target(from, command.control, expired);
  if (!to) {
    return Error{ErrorCode::FailedPrecondition, "Cannot " + std::string(enum_name(command.control)) +
                                                    " update " + to_string(command.key) + ": it is " +
                                                    std::string(enum_name(from)) + "."};
  }
  Decided decision;
  TRY(move_update(*update, *to, make_note(command.user, command.message), context.now, decision));
  return decision;
}

}  // namespace aurora::core

#include "client/exec_outcome.h"

namespace aurora::client {

int tell_exec_end(Session& session, SchedulerClient& scheduler, const std::string& task_id, const ExecEnd& end) {
  if (end.reason.empty()) return end.code;
  std::string text = "The command was ended: " + end.reason;
  const std::string why = find_end_of(session, scheduler, task_id);
  if (!why.empty()) text += ". " + why;
  session.fail(ExitCode::CommandFailure, text);
  return end.code;
}

int tell_exec_failure(Session& session, const Error& error, bool has_begun) {
  constexpr int kLost = 255;
  if (has_begun) {
    session.fail(ExitCode::NetworkError, error.message);
    return kLost;
  }
  const bool is_about_task = error.code == ErrorCode::NotFound || error.code == ErrorCode::FailedPrecondition;
  if (is_about_task) return session.fail(ExitCode::InvalidParameter, error.message);
  return session.fail(error, "Command failure:", ExitCode::ApiError);
}

}  // namespace aurora::client

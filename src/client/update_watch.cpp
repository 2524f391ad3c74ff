#include "client/update_watch.h"

namespace aurora::client {
namespace {

constexpr Duration kPoll = seconds(2);

int code_of(const std::string& status, UpdateGoal goal) {
  const bool is_forward = status == "ROLLED_FORWARD";
  const bool is_back = status == "ROLLED_BACK";
  if (!is_forward && !is_back) return static_cast<int>(ExitCode::Unknown);
  return is_forward == (goal == UpdateGoal::Forward) ? 0 : static_cast<int>(ExitCode::CommandFailure);
}

}  // namespace

void show_update_progress(Console& console, const UpdateView& update) {
  const bool is_back = update.status.find("BACK") != std::string::npos;
  console.show_progress(is_back ? "Rolling back" : "Updating", update.instances_updated, update.instances_total);
}

int watch_update(Session& session, SchedulerClient& scheduler, const core::JobKey& job, const std::string& id,
                 UpdateGoal goal) {
  std::string last;
  while (true) {
    const auto update = get_update(scheduler, job, id);
    if (!update.ok()) {
      if (update.error().code == ErrorCode::NotFound) return session.fail(ExitCode::InvalidParameter, "Job update not found.");
      return session.fail(update.error(), "Command failure:", ExitCode::ApiError);
    }
    if (update->status != last) session.console().print("Current state " + update->status);
    last = update->status;
    if (!update->is_active) {
      session.console().clear_progress();
      const int code = code_of(last, goal);
      const std::string reason = update->events.empty() ? "" : update->events.back().message;
      if (code != 0 && !reason.empty()) session.console().info(reason);
      return code;
    }
    show_update_progress(session.console(), *update);
    if (!session.world().pause(kPoll)) return static_cast<int>(ExitCode::Interrupted);
  }
}

}  // namespace aurora::client

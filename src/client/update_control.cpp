// `update pause|resume|abort|rollback KEY` and `cancel_update KEY` (spec/client.md §5.3, §6.6).
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/api_hooks.h"
#include "client/missing_job.h"
#include "client/update_watch.h"

namespace aurora::client {
namespace {

struct ActionWords {
  const char* route;
  const char* method;
  const char* done;
};

ActionWords words_of(UpdateAction action) {
  switch (action) {
    case UpdateAction::Pause: return {"pause", "pauseJobUpdate", "Update has been paused."};
    case UpdateAction::Resume: return {"resume", "resumeJobUpdate", "Update has been resumed."};
    case UpdateAction::Abort: return {"abort", "abortJobUpdate", "Update has been aborted."};
    case UpdateAction::Rollback: return {"rollback", "rollbackJobUpdate", "Update rollback has started."};
  }
  return {};
}

Result<codec::JsonValue> send(SchedulerClient& scheduler, const core::JobKey& job, const std::string& id, UpdateAction action,
                              const std::string& message) {
  const ActionWords words = words_of(action);
  codec::JsonObject body;
  body.add("message", message);
  return scheduler.post(words.method, update_route(job, id) + "/" + words.route, body.text());
}

}  // namespace

int update_control(Session& session, UpdateAction action, const UpdateControlOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const ActionWords words = words_of(action);
  const std::string title = std::string("Failed to ") + words.route + " update due to error:";
  const auto active = list_active_updates(*scheduler, path->job);
  if (!active.ok()) return session.fail(active.error(), title, ExitCode::ApiError);
  if (active->empty()) {
    const int code = session.fail(ExitCode::InvalidParameter, "No active update found for this job.");
    tell_missing_job(session, *scheduler, *path);
    return code;
  }
  if (active->size() > 1) {
    return session.fail(ExitCode::ApiError, "The scheduler returned multiple active updates for this job.");
  }
  const std::string id = active->front().id;
  const auto reply = send(*scheduler, path->job, id, action, options.message);
  if (!reply.ok()) return session.fail(reply.error(), title, ExitCode::ApiError);
  session.console().print(words.done);
  if (action != UpdateAction::Rollback || options.wait == UpdateWait::No) return 0;
  return watch_update(session, *scheduler, path->job, id, UpdateGoal::Back);
}

int cancel_update(Session& session, const UpdateControlOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  if (session.is_classic()) session.console().info("Canceling update on job " + to_string(*path));
  const auto active = list_active_updates(*scheduler, path->job);
  if (!active.ok()) return session.fail(active.error(), "Command failure:", ExitCode::ApiError);
  const auto hooks = load_for_hooks(session, *path, options.hook_file);
  if (const auto* stopped = std::get_if<Stopped>(&hooks)) return stopped->exit_code;
  const auto& hooked_job = std::get<std::optional<LoadedJob>>(hooks);
  const auto outcome = with_hooks<Unit>(session, hooked_job ? &*hooked_job : nullptr, hooked_cancel_update(*path), [&]() -> Status {
    for (const UpdateView& update : *active) TRY(send(*scheduler, path->job, update.id, UpdateAction::Abort, options.message));
    return Unit{};
  });
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const Status& cancelled = std::get<Status>(outcome);
  if (!cancelled.ok()) {
    if (session.is_classic()) {
      session.console().log(Severity::Error, "Error cancelling the update: " + cancelled.error().message);
    }
    return session.fail(cancelled.error(), "Command failure:", ExitCode::ApiError);
  }
  if (session.is_classic()) report_response(session, "OK", active->empty() ? "No active update." : "");
  if (active->empty()) tell_missing_job(session, *scheduler, *path);
  return 0;
}

}  // namespace aurora::client

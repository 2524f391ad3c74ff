// `update start KEY FILE` (spec/client.md §6.6).
#include "aurora/client/verbs.h"
#include "client/job_page.h"
#include "client/update_request.h"
#include "client/update_watch.h"

namespace aurora::client {

int update_start(Session& session, const UpdateOptions& options, UpdateWait wait) {
  constexpr UpdateRefusal kRefusal{"Failed to start update due to error:", ExitCode::ApiError};
  auto prepared_or_stopped = prepare_update(session, options, kRefusal);
  if (const auto* stopped = std::get_if<Stopped>(&prepared_or_stopped)) return stopped->exit_code;
  PreparedUpdate& prepared = std::get<PreparedUpdate>(prepared_or_stopped);
  Console& console = session.console();
  const core::JobKey& job = prepared.loaded.path.job;
  print_plan(console, prepared.plan, nullptr);
  if (options.is_dry_run) return 0;
  console.info("Starting update for: " + job.name);
  prepared.scheduler.demand_state(options.unchanged_since);
  const auto outcome = start_with_hooks(session, prepared, options.message);
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& started = std::get<Result<StartReply>>(outcome);
  if (!started.ok()) return session.fail(started.error(), kRefusal.title, kRefusal.exit_code);
  if (!started->message.empty()) console.info(started->message);
  if (!started->id) {
    console.print(started->message);
    return 0;
  }
  console.print("Job update has started. View your update progress at " +
                prepared.scheduler.page_url({job.role, job.environment, job.name, "update", *started->id}));
  if (options.open_browser) open_job_page(session, prepared.scheduler, job);
  if (wait == UpdateWait::No) return 0;
  return watch_update(session, prepared.scheduler, job, *started->id, UpdateGoal::Forward);
}

}  // namespace aurora::client

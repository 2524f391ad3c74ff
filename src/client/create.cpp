// `create KEY FILE` and `job create KEY FILE` (spec/tutorial.md §7.1, §7.2; spec/client.md §5.3, §6.1).
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/api_hooks.h"
#include "client/cron.h"
#include "client/job_page.h"
#include "client/job_wait.h"
#include "client/loaded_job.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

std::set<int32_t> instances_below(int32_t count) {
  std::set<int32_t> instances;
  for (int32_t id = 0; id < count; ++id) instances.insert(instances.end(), id);
  return instances;
}

int finish_noun_verb(Session& session, SchedulerClient& scheduler, const JobPath& path) {
  session.console().info("Checking status of " + to_string(path));
  const auto tasks = list_tasks(scheduler, path.job, {}, TaskFilter::All);
  if (!tasks.ok()) return session.fail(tasks.error(), "Command failure:", ExitCode::ApiError);
  if (tasks->empty()) return session.fail(ExitCode::CommandFailure, "Error occurred while creating job " + to_string(path));
  session.console().print("Job create succeeded: job url=" + job_url(scheduler, path.job));
  return 0;
}

int send(Session& session, const LoadedJob& loaded, WaitFor wait_for, const CreateOptions& options) {
  auto scheduler = SchedulerClient::find(session, loaded.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  scheduler->demand_state(options.unchanged_since);
  session.console().info("Creating job " + loaded.job.key.name);
  const auto outcome = with_hooks<codec::JsonValue>(session, &loaded, hooked_create(), [&] {
    return scheduler->change("createJob", "POST", "/v1/jobs", codec::encode_json(loaded.job));
  });
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& reply = std::get<Result<codec::JsonValue>>(outcome);
  if (!reply.ok()) return session.fail(reply.error(), "Job creation failed due to error:", ExitCode::CommandFailure);
  if (session.is_classic()) {
    report_response(session, "OK", reply->string_or("message", ""));
    show_job_url(session, *scheduler, loaded.path.job);
  }
  // Of these instances only: runs of a larger job of this name are not ours.
  const auto end = wait_until(session, *scheduler, loaded.path.job, instances_below(loaded.job.instance_count), wait_for);
  const int waited = code_of_wait(session, end);
  if (!end.ok() || *end == WaitEnd::Interrupted) return waited;
  int code = session.is_classic() ? 0 : finish_noun_verb(session, *scheduler, loaded.path);
  if (code == 0) code = waited;
  if (code == 0 && options.open_browser) open_job_page(session, *scheduler, loaded.path.job);
  return code;
}

}  // namespace

int create(Session& session, const CreateOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  const auto wait_for = parse_wait_for(options.wait_until);
  if (!wait_for.ok()) return session.fail_option(wait_for.error().message);
  auto loaded = load_job(session, *path, options.file, Tiers::FromScheduler);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return stopped->exit_code;
  const LoadedJob& job = std::get<LoadedJob>(loaded);
  if (job.is_cron && session.is_classic()) return schedule_cron_job(session, job);
  if (job.is_cron) {
    return session.fail(ExitCode::CommandFailure,
                        "Cron jobs may only be scheduled with \"aurora cron schedule\" command");
  }
  warn_of_unsupported(session, job);
  return send(session, job, *wait_for, options);
}

}  // namespace aurora::client

// `cron schedule`, `cron deschedule`, `cron start`, `cron show`; `start_cron` (spec/client.md §5.3, §6.8).
#include "client/cron.h"

#include "aurora/client/job_path.h"
#include "aurora/codec/json.h"
#include "client/api_hooks.h"
#include "client/job_page.h"
#include "client/missing_job.h"

namespace aurora::client {
namespace {

std::string cron_route(const core::JobKey& job) { return job_route(job) + "/cron"; }

// What is wrong with a schedule is in the details.
int refuse(Session& session, Error error, const std::string& what, const JobPath& path) {
  for (const std::string& detail : error.details) error.message += "\n\t" + detail;
  return session.fail(error, "Error " + what + " cron job " + to_string(path) + ":", ExitCode::ApiError);
}

int finish(Session& session, SchedulerClient& scheduler, const JobPath& path, const std::string& message) {
  if (session.is_classic()) {
    report_response(session, "OK", message);
    show_job_url(session, scheduler, path.job);
    return 0;
  }
  session.console().info(message);
  session.console().print("Cron job scheduled, status can be viewed at " + job_url(scheduler, path.job));
  return 0;
}

}  // namespace

int schedule_cron_job(Session& session, const LoadedJob& job) {
  warn_of_unsupported(session, job);
  auto scheduler = SchedulerClient::find(session, job.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  session.console().info("Registering job " + job.job.key.name + " with cron");
  const auto reply = scheduler->change("scheduleCronJob", "PUT", cron_route(job.path.job), codec::encode_json(job.job));
  if (!reply.ok()) return refuse(session, reply.error(), "scheduling", job.path);
  return finish(session, *scheduler, job.path, reply->string_or("message", ""));
}

int replace_cron_template(Session& session, const LoadedJob& job) {
  warn_of_unsupported(session, job);
  auto scheduler = SchedulerClient::find(session, job.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto reply = scheduler->change("replaceCronTemplate", "PUT", cron_route(job.path.job) + "?replaceOnly=true",
                                    codec::encode_json(job.job));
  if (!reply.ok()) return refuse(session, reply.error(), "updating", job.path);
  session.console().info("Cron template updated, next run will reflect changes");
  if (session.is_classic()) report_response(session, "OK", reply->string_or("message", ""));
  return 0;
}

int cron_schedule(Session& session, const CreateOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto loaded = load_job(session, *path, options.file, Tiers::FromScheduler);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return stopped->exit_code;
  const LoadedJob& job = std::get<LoadedJob>(loaded);
  if (!job.is_cron) {
    return session.fail(ExitCode::CommandFailure,
                        "Non-cron jobs may only be created with \"aurora job create\" command");
  }
  return schedule_cron_job(session, job);
}

int cron_deschedule(Session& session, const CronOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  session.console().info("Removing cron schedule for job " + to_string(*path));
  const auto reply = scheduler->change("descheduleCronJob", "DELETE", cron_route(path->job), "");
  if (!reply.ok()) return refuse(session, reply.error(), "descheduling", *path);
  session.console().info(reply->string_or("message", ""));
  if (reply->int_or("count", 1) == 0) tell_missing_job(session, *scheduler, *path);
  session.console().print("Cron descheduling succeeded.");
  return 0;
}

int cron_start(Session& session, const CronOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto hooks = load_for_hooks(session, *path, options.hook_file);
  if (const auto* stopped = std::get_if<Stopped>(&hooks)) return stopped->exit_code;
  const auto& job = std::get<std::optional<LoadedJob>>(hooks);
  session.console().info("Starting cron job: " + to_string(*path));
  const auto outcome = with_hooks<codec::JsonValue>(session, job ? &*job : nullptr, hooked_start_cron(*path), [&] {
    return scheduler->change("startCronJob", "POST", cron_route(path->job) + "/start", "");
  });
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& reply = std::get<Result<codec::JsonValue>>(outcome);
  if (!reply.ok()) {
    const int code = refuse(session, reply.error(), "starting", *path);
    if (reply.error().code == ErrorCode::NotFound) tell_missing_job(session, *scheduler, *path);
    return code;
  }
  const std::string message = reply->string_or("message", "");
  if (session.is_classic()) {
    report_response(session, "OK", message);
    show_job_url(session, *scheduler, path->job);
  } else {
    session.console().info(message);
  }
  if (options.open_browser) open_job_page(session, *scheduler, path->job);
  return 0;
}

int cron_show(Session& session, const CronOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  session.console().info("Retrieving jobs for role " + path->job.role);
  const auto job = scheduler->get("getJobs", cron_route(path->job));
  if (!job.ok() && job.error().code != ErrorCode::NotFound)
    return session.fail(job.error(), "Command failure:", ExitCode::ApiError);
  if (!job.ok()) {
    const int code = session.fail(ExitCode::InvalidParameter, "No cron entry found for job " + to_string(*path));
    tell_missing_job(session, *scheduler, *path);
    return code;
  }
  session.console().print(options.is_json ? job->to_json() : to_string(*path) + "\t " + job->string_or("schedule", ""));
  return 0;
}

}  // namespace aurora::client

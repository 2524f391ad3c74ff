#include "client/update_request.h"

#include "aurora/base/printable.h"
#include "aurora/codec/json.h"
#include "client/api_hooks.h"
#include "client/cron.h"
#include "client/update_view.h"

namespace aurora::client {
namespace {

constexpr char kUpdateId[] = "org.apache.aurora.client.update_id";

bool is_our_update(PreparedUpdate& prepared, const std::string& id) {
  const auto existing = get_update(prepared.scheduler, prepared.loaded.path.job, id);
  if (!existing.ok()) return false;
  const auto found = existing->metadata.find(kUpdateId);
  return found != existing->metadata.end() && found->second == prepared.request.metadata.front().value;
}

// The scheduler's own words, and which update it is.
Error already_updating(const UpdateView& update) {
  return {ErrorCode::FailedPrecondition,
          "An active update already exists for this job, please terminate it before starting another: " + update.id +
              ", started by " + printable_line(update.user) + " at " + utc_seconds(update.created) + "Z, is " + update.status,
          {update.id}};
}

// Whether to stop for an update that is active already, before anything is said of this one. What cannot be asked is left
// to the start, which the scheduler would refuse.
std::optional<Stopped> stop_for_active(Session& session, SchedulerClient& scheduler, const core::JobKey& job, bool is_dry_run,
                                       const UpdateRefusal& refusal) {
  const auto active = list_active_updates(scheduler, job);
  if (!active.ok() && is_refusal(active.error().code)) return std::nullopt;
  if (!active.ok()) return Stopped{session.fail(active.error(), refusal.title, refusal.exit_code)};
  if (active->empty()) return std::nullopt;
  const Error error = already_updating(active->front());
  if (!is_dry_run) return Stopped{session.fail(error, refusal.title, refusal.exit_code)};
  session.console().log(Severity::Warning, error.message);
  return std::nullopt;
}

}  // namespace

OrStopped<PreparedUpdate> prepare_update(Session& session, const UpdateOptions& options, const UpdateRefusal& refusal) {
  const auto target_or_stopped = choose_instances(session, options.key, options.shards);
  if (const auto* stopped = std::get_if<Stopped>(&target_or_stopped)) return *stopped;
  const auto& target = std::get<InstancesPath>(target_or_stopped);
  auto loaded = load_job(session, target.path, options.file, Tiers::FromSchedulerPatient);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return *stopped;
  LoadedJob& job = std::get<LoadedJob>(loaded);
  if (job.is_cron && session.is_classic()) return Stopped{replace_cron_template(session, job)};
  if (job.is_cron) {
    return Stopped{session.fail(ExitCode::CommandFailure,
                                "Cron jobs may only be updated with \"aurora cron schedule\" command")};
  }
  if (!job.update_settings) return Stopped{session.fail(ExitCode::InvalidConfiguration, job.update_error)};
  auto scheduler = SchedulerClient::find(session, job.path.cluster);
  if (!scheduler.ok()) return Stopped{session.fail(ExitCode::InvalidConfiguration, scheduler.error().message)};
  if (auto stopped = stop_for_active(session, *scheduler, job.path.job, options.is_dry_run, refusal)) return *stopped;
  warn_of_unsupported(session, job);
  auto request =
      make_update_request(job, target.instances.value_or(std::set<int32_t>{}), session.world().new_uuid());
  auto plan = plan_update(*scheduler, request);
  if (!plan.ok()) {
    return Stopped{session.fail(plan.error(), "Error getting diff info from scheduler", ExitCode::CommandFailure)};
  }
  return PreparedUpdate{std::move(job), std::move(*scheduler), std::move(request), std::move(*plan)};
}

namespace {

Result<StartReply> send_start(PreparedUpdate& prepared, const std::string& message) {
  codec::JsonObject body;
  body.add_raw("request", codec::encode_json(prepared.request)).add("message", message);
  const auto reply = prepared.scheduler.post_repeatable("startJobUpdate", "/v1/updates", body.text());
  if (reply.ok()) {
    StartReply started{std::nullopt, reply->string_or("message", "")};
    if (const auto* key = reply->find("key")) started.id = key->string_or("id", "");
    return started;
  }
  Error error = reply.error();
  const bool is_conflict = error.code == ErrorCode::AlreadyExists || error.code == ErrorCode::FailedPrecondition;
  if (is_conflict && !error.details.empty() && is_our_update(prepared, error.details.front())) {
    return StartReply{error.details.front(), ""};
  }
  // Another active update is the lock of our days.
  if (is_conflict) error.code = ErrorCode::FailedPrecondition;
  return error;
}

}  // namespace

OrStopped<Result<StartReply>> start_with_hooks(Session& session, PreparedUpdate& prepared, const std::string& message,
                                               std::optional<int64_t> poll_secs) {
  const std::set<int32_t> only = core::to_set(prepared.request.settings.update_only_these_instances);
  HookedCall call = hooked_update(message, only, prepared.request.metadata.front().value);
  if (poll_secs) call = hooked_classic_update(*poll_secs, only, call);
  return with_hooks<StartReply>(session, &prepared.loaded, call, [&] { return send_start(prepared, message); });
}

}  // namespace aurora::client

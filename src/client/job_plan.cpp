// `job plan KEY FILE`: what an update, or a new job, would do, from the scheduler's own decisions.
#include <algorithm>

#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/loaded_job.h"
#include "client/plan_text.h"
#include "client/update_plan.h"

namespace aurora::client {
namespace {

constexpr int kNothingToDo = 0;
constexpr int kChanges = 1;
constexpr int kDoesNotFit = 2;

Result<codec::JsonValue> ask(Session& session, SchedulerClient& scheduler, const LoadedJob& job, const PlanOptions& options,
                             const std::set<int32_t>& only) {
  if (options.is_create || !job.is_service)
    return scheduler.post_repeatable("planJob", "/v1/jobs:plan", codec::encode_json(job.job));
  codec::JsonObject body;
  body.add_raw("request", codec::encode_json(make_update_request(job, only, session.world().new_uuid())));
  return scheduler.post_repeatable("planJobUpdate", "/v1/updates:plan", body.text());
}

int code_of(const codec::JsonValue& plan) {
  const std::string outcome = plan.string_or("outcome", "");
  if (outcome == "NOTHING") return kNothingToDo;
  return outcome == "CHANGES" ? kChanges : kDoesNotFit;
}

}  // namespace

int job_plan(Session& session, const PlanOptions& options) {
  const auto target = parse_instances_path(options.key);
  if (!target.ok()) return session.fail(ExitCode::InvalidParameter, target.error().message);
  if (options.is_create && target->instances)
    return session.fail(ExitCode::InvalidParameter, "--create plans a whole job: leave the instances out");
  auto loaded = load_job(session, target->path, options.file, Tiers::FromSchedulerPatient);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return std::max(stopped->exit_code, static_cast<int>(ExitCode::InvalidConfiguration));
  const LoadedJob& job = std::get<LoadedJob>(loaded);
  if (job.is_cron) {
    return session.fail(ExitCode::CommandFailure,
                        "A cron job starts nothing when it is scheduled; look at it with \"aurora cron show\"");
  }
  const bool is_update = !options.is_create && job.is_service;
  if (is_update && !job.update_settings) return session.fail(ExitCode::InvalidConfiguration, job.update_error);
  auto scheduler = SchedulerClient::find(session, job.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  warn_of_unsupported(session, job);
  const auto plan = ask(session, *scheduler, job, options, target->instances.value_or(std::set<int32_t>{}));
  if (!plan.ok()) return session.fail(plan.error(), "Failed to plan due to error:", ExitCode::ApiError);
  Console& console = session.console();
  if (options.is_json) {
    console.print(plan->to_json());
  } else {
    const auto width = static_cast<size_t>(console.config().columns_out);
    for (const PlanLine& line : to_lines(*plan, to_string(job.path), width)) console.print(line.tone, line.text);
  }
  return code_of(*plan);
}

}  // namespace aurora::client

// Starts the rolling change of a service job (spec/scheduler.md §9.1). The job need not exist.
#include <algorithm>
#include <utility>

#include "aurora/core/commands/command.h"
#include "aurora/core/commands/planned_state.h"
#include "aurora/core/quota/consumption.h"
#include "aurora/core/update/job_diff.h"
#include "core/commands/job_guard.h"
#include "core/rollout/validate_request.h"

namespace aurora::core {
namespace {

Status check_scope(const std::vector<const Task*>& active, const JobUpdateRequest& request,
                   const std::set<int32_t>& scope) {
  std::string listed;
  for (int32_t id : out_of_scope(active, request.instance_count, scope)) {
    if (!listed.empty()) listed += ", ";
    listed += std::to_string(id);
  }
  if (listed.empty()) return Unit{};
  return Error{
      ErrorCode::InvalidArgument,
      "The update request attempted to update specific instances, but some are irrelevant to the update and "
      "current job state: [" +
          listed + "]"};
}

Status check_no_other(const Cluster& cluster, const JobKey& job) {
  const JobUpdate* other = cluster.find_active_update(job);
  if (!other) return Unit{};
  return Error{
      ErrorCode::FailedPrecondition,
      "An active update already exists for this job, please terminate it before starting another. Active "
      "updates are those in states [ROLLING_FORWARD, ROLLING_BACK, ROLL_FORWARD_PAUSED, ROLL_BACK_PAUSED, "
      "ROLL_FORWARD_AWAITING_PULSE, ROLL_BACK_AWAITING_PULSE]",
      {other->key.id.value()}};
}

UpdateInstructions make_instructions(const JobDiff& diff, const TaskConfigRef& config,
                                     UpdateSettings settings) {
  UpdateInstructions instructions;
  instructions.initial_state = group_by_config(diff.replaced);
  if (!diff.replacements.empty()) {
    instructions.desired_state = InstanceTaskConfig{config, to_ranges(diff.replacements)};
  }
  instructions.settings = std::move(settings);
  return instructions;
}

JobUpdate make_update(const StartUpdate& command, UpdateInstructions instructions, const JobKey& job,
                      const Context& context) {
  const bool coordinated = instructions.settings.block_if_no_pulses_after_ms > 0;
  const MoveNote note = make_note(command.user, command.message);
  JobUpdate update;
  update.key = {job, UpdateId(context.rng.uuid())};
  update.user = command.user;
  update.metadata = command.request.metadata;
  update.instructions = std::move(instructions);
  update.events.push_back(
      {coordinated ? UpdateStatus::RollForwardAwaitingPulse : UpdateStatus::RollingForward, context.now,
       note.user, note.message});
  return update;
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const StartUpdate& command, const Context& context) {
  JobUpdateRequest request = TRY(validate(command.request, context.settings.limits));
  const JobKey job = request.task_config.job;
  if (cluster.find_cron_job(job) != nullptr) {
    return Error{ErrorCode::InvalidArgument, "Cron jobs may only be created/updated by calling scheduleCronJob."};
  }
  TRY(check_instance_count(request.instance_count,
                           context.settings.limits));  // before the diff, which counts to it
  const std::vector<const Task*> active = cluster.list_active(job);
  const std::set<int32_t> scope =
      TRY(read_scope(request.settings.update_only_these_instances, context.settings.limits));
  TRY(check_scope(active, request, scope));
  const TaskConfigRef config(std::move(request.task_config));
  // One that is under way is what is told below: by its id a client knows an update that it has started itself.
  if (cluster.find_active_update(job) == nullptr)
    TRY(check_unchanged(cluster, {config, request.instance_count, &request.settings}, command.unchanged_since, context));
  const JobDiff diff = diff_job(active, config, request.instance_count, scope);
  Decided decision;
  if (diff.is_empty()) {
    decision.answer = StartUpdate::Answer{std::nullopt, "Job is unchanged by proposed update."};
    return decision;
  }
  UpdateInstructions instructions = make_instructions(diff, config, std::move(request.settings));
  // One that is under way would be counted twice; it is what is told then.
  const bool is_other_active = cluster.find_active_update(job) != nullptr;
  if (!is_other_active) TRY(check_quota(cluster, job, instructions));
  TRY(check_message("update", command.message));
  TRY(check_no_other(cluster, job));
  JobUpdate update = make_update(command, std::move(instructions), job, context);
  decision.answer = StartUpdate::Answer{update.key, ""};
  const UpdateEvent first = update.events.front();
  const UpdateKey key = update.key;
  decision.changes.push_back(UpdateSaved{std::move(update)});
  decision.changes.push_back(UpdateEventAdded{key, 0, first});
  return decision;
}

}  // namespace aurora::core

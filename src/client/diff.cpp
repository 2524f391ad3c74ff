// `diff KEY FILE` and `job diff KEY FILE`: what runs (left) against what the file says (right) (spec/client.md §6.5).
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "aurora/core/job/validate.h"
#include "client/diff_program.h"
#include "client/loaded_job.h"
#include "client/task_text.h"
#include "client/task_view.h"
#include "client/update_plan.h"

namespace aurora::client {
namespace {

struct Comparison {
  std::string local;  // the file's configuration as text
  UpdatePlan plan;
  std::string remote_name;
  std::string local_name;
  bool is_cron = false;  // nothing is updated: the file is for the next run
};

struct Outcome {
  bool is_different = false;
  std::optional<Error> error;

  void add(const Result<bool>& shown) {
    if (shown.ok()) {
      is_different = is_different || *shown;
    } else {
      error = shown.error();
    }
  }
};

// The classic form: one text with every instance, each side in order, unchanged ones included.
Outcome show_classic(Session& session, const Comparison& comparison) {
  std::map<int32_t, std::string> remote;
  std::map<int32_t, std::string> local;
  const auto add = [](std::map<int32_t, std::string>& side, const UpdatePlan::Group& group, const std::string& text) {
    for (const int32_t id : group.instances) side[id] = "instance " + std::to_string(id) + "\n" + text;
  };
  for (const auto& group : comparison.plan.add) add(local, group, comparison.local);
  for (const auto& group : comparison.plan.remove) add(remote, group, to_comparable_text(group.config));
  for (const auto& group : comparison.plan.update) {
    add(remote, group, to_comparable_text(group.config));
    add(local, group, comparison.local);
  }
  for (const auto& group : comparison.plan.unchanged) {
    add(remote, group, comparison.local);
    add(local, group, comparison.local);
  }
  const auto join = [](const std::map<int32_t, std::string>& side) {
    std::string text;
    for (const auto& [id, part] : side) text += part;
    return text;
  };
  Outcome outcome;
  outcome.add(show_difference(session, {join(remote), join(local), "", ""}));
  return outcome;
}

// Configurations that read the same are one: each difference is shown once.
void merge_equal(std::vector<UpdatePlan::Group>& groups) {
  std::map<std::string, size_t> seen;
  std::vector<UpdatePlan::Group> merged;
  for (UpdatePlan::Group& group : groups) {
    const auto [found, is_new] = seen.emplace(to_comparable_text(group.config), merged.size());
    if (is_new) {
      merged.push_back(std::move(group));
    } else {
      merged[found->second].instances.merge(group.instances);
    }
  }
  groups = std::move(merged);
}

// "instances 0-5, 7"
std::string instances_text(const std::set<int32_t>& instances) {
  std::string text;
  for (const core::InstanceRange& range : core::to_ranges(instances)) {
    text += (text.empty() ? "" : ", ") + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return (instances.size() == 1 ? "instance " : "instances ") + text;
}

Outcome show_plan(Session& session, Comparison& comparison) {
  Outcome outcome;
  Console& console = session.console();
  merge_equal(comparison.plan.update);
  const auto show = [&](const UpdatePlan::Group& group) {
    outcome.add(show_unified(session, {to_comparable_text(group.config), comparison.local,
                                       instances_text(group.instances) + " of " + comparison.remote_name, comparison.local_name}));
  };
  if (comparison.is_cron) {
    for (const UpdatePlan::Group& group : comparison.plan.update) show(group);
    return outcome;
  }
  outcome.is_different = !comparison.plan.is_empty();
  print_plan(console, comparison.plan, [&](const UpdatePlan::Group& group) {
    console.print("with diff:\n");
    show(group);
    console.print("");
  });
  return outcome;
}

// With --from, what the other job runs now stands in for the file.
Result<Comparison> compare_with_job(SchedulerClient& scheduler, const JobPath& path, const JobPath& from) {
  Comparison comparison;
  const auto read = [&](const core::JobKey& job) -> Result<codec::JsonValue> {
    Query query = job_query(job);
    query.emplace("active", "true");
    query.emplace("limit", "1");
    const auto page = TRY(scheduler.get("getTasksStatus", "/v1/tasks", query));
    const codec::JsonValue* tasks = page.find("tasks");
    const codec::JsonValue* config =
        tasks == nullptr || tasks->items().empty() ? nullptr : config_of(tasks->items().front(), page);
    if (config != nullptr) return *config;
    return Error{ErrorCode::NotFound, "No tasks found for job " + scheduler.cluster() + "/" + core::to_string(job)};
  };
  codec::JsonValue running = TRY(read(path.job));
  std::set<int32_t> instances = TRY(active_instances(scheduler, path.job));
  UpdatePlan::Group group{std::move(running), std::move(instances)};
  comparison.local = to_comparable_text(TRY(read(from.job)));
  comparison.plan.update.push_back(std::move(group));
  return comparison;
}

// A cron job is not updated: what of it runs now stands for what would be.
Result<UpdatePlan> running_as_plan(SchedulerClient& scheduler, const JobPath& path, const std::set<int32_t>& only) {
  std::map<std::string, UpdatePlan::Group> groups;
  Query query = job_query(path.job);
  query.emplace("active", "true");
  TRY(walk_tasks(scheduler, std::move(query), [&](const codec::JsonValue& task, const codec::JsonValue* config) {
    const auto instance = static_cast<int32_t>(task.int_or("instanceId", 0));
    if (config == nullptr || (!only.empty() && !only.contains(instance))) return;
    UpdatePlan::Group& group = groups[to_comparable_text(*config)];
    group.config = *config;
    group.instances.insert(instance);
  }));
  if (groups.empty()) return Error{ErrorCode::NotFound, "No tasks found for job " + to_string(path)};
  UpdatePlan plan;
  for (auto& [text, group] : groups) plan.update.push_back(std::move(group));
  return plan;
}

// Why there is nothing to compare with, told.
Stopped stop_without_plan(Session& session, const LoadedJob& job, const Error& error) {
  if (job.is_cron && error.code == ErrorCode::NotFound) return {session.fail(ExitCode::CommandFailure, error.message)};
  if (job.is_cron && !session.is_classic()) {
    return {session.fail(error, "Could not find job to diff against", ExitCode::InvalidParameter)};
  }
  if (session.is_classic() && is_refusal(error.code)) {
    return {session.fail(ExitCode::CommandFailure, "Request failed, server responded with \"" + error.message + "\"")};
  }
  return {session.fail(error, "Error getting diff info from scheduler", ExitCode::CommandFailure)};
}

OrStopped<Comparison> compare_with_file(Session& session, SchedulerClient& scheduler, const InstancesPath& target,
                                        const DiffOptions& options) {
  auto loaded = load_job(session, target.path, options.file, Tiers::FromSchedulerPatient);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return *stopped;
  LoadedJob& job = std::get<LoadedJob>(loaded);
  if (!job.update_settings) job.update_settings.emplace();
  const std::set<int32_t> only = target.instances.value_or(std::set<int32_t>{});
  auto plan = job.is_cron ? running_as_plan(scheduler, target.path, only)
                          : plan_update(scheduler, make_update_request(job, only, session.world().new_uuid()));
  if (!plan.ok()) return stop_without_plan(session, job, plan.error());
  // As the scheduler would hold it: with the defaults that it fills in.
  const auto filled = core::validate(job.job.task_config, job.job.instance_count, core::JobLimits{});
  const auto local = codec::JsonValue::parse(codec::encode_json(filled.ok() ? *filled : job.job.task_config));
  if (!local.ok()) return Stopped{session.fail(ExitCode::Internal, local.error().message)};
  return Comparison{to_comparable_text(*local), std::move(*plan), "", "", job.is_cron};
}

}  // namespace

int diff(Session& session, const DiffOptions& options) {
  const auto target = parse_instances_path(options.key);
  if (!target.ok()) return session.fail(ExitCode::Usage, target.error().message);
  auto scheduler = SchedulerClient::find(session, target->path.cluster);
  Comparison comparison;
  if (!options.from.empty()) {
    const auto from = parse_job_path(options.from);
    if (!from.ok()) return session.fail(ExitCode::Usage, from.error().message);
    if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
    auto compared = compare_with_job(*scheduler, target->path, *from);
    if (!compared.ok()) return session.fail(compared.error(), "Could not find job to diff against", ExitCode::InvalidParameter);
    comparison = std::move(*compared);
  } else {
    if (!scheduler.ok()) {
      const std::string prefix = session.is_classic() ? "" : "Error loading configuration: ";
      return session.fail(ExitCode::InvalidConfiguration, prefix + scheduler.error().message);
    }
    auto compared = compare_with_file(session, *scheduler, *target, options);
    if (const auto* stopped = std::get_if<Stopped>(&compared)) return stopped->exit_code;
    comparison = std::move(std::get<Comparison>(compared));
  }
  comparison.remote_name = to_string(target->path);
  comparison.local_name = options.from.empty() ? options.file.path : options.from;
  const Outcome outcome = session.is_classic() ? show_classic(session, comparison) : show_plan(session, comparison);
  if (outcome.error) return session.fail(ExitCode::CommandFailure, outcome.error->message);
  return options.has_exit_code && outcome.is_different ? 1 : 0;
}

}  // namespace aurora::client

// `kill`, `killall`, `job kill`, `job killall` (spec/client.md §5.3, §6.3).
#include <algorithm>

#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/api_hooks.h"
#include "client/job_page.h"
#include "client/job_wait.h"
#include "client/missing_job.h"
#include "client/sla_policy.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

struct Target {
  JobPath path;
  std::set<int32_t> instances;  // empty: all
  const LoadedJob* hooks = nullptr;
};

constexpr char kKilled[] = "Tasks killed.";  // what goes without saying

std::string kill_body(const std::set<int32_t>& instances, const std::string& message) {
  codec::JsonArray ids;
  for (const int32_t id : instances) ids.add(id);
  codec::JsonObject body;
  body.add_raw("instances", ids.text()).add("message", message);
  return body.text();
}

// The scheduler's words.
OrStopped<Result<std::string>> send_kill(Session& session, SchedulerClient& scheduler, const Target& target,
                                         const std::string& message) {
  const HookedCall call = hooked_kill(target.path, target.instances, message);
  return with_hooks<std::string>(session, target.hooks, call, [&]() -> Result<std::string> {
    const std::string route = job_route(target.path.job) + "/kill";
    return TRY(scheduler.change("killTasks", "POST", route, kill_body(target.instances, message))).string_or("message", "");
  });
}

// The instances in groups of `size`, ascending.
std::vector<std::set<int32_t>> batches_of(const std::set<int32_t>& instances, int64_t size) {
  std::vector<std::set<int32_t>> batches;
  for (const int32_t id : instances) {
    if (batches.empty() || static_cast<int64_t>(batches.back().size()) >= size) batches.emplace_back();
    batches.back().insert(id);
  }
  return batches;
}

// After the scheduler's word that there was nothing to kill.
void tell_why_none(Session& session, SchedulerClient& scheduler, const Target& target) {
  if (tell_missing_job(session, scheduler, target.path) || target.instances.empty()) return;
  const auto active = active_instances(scheduler, target.path.job);
  if (active.ok()) tell_active(session, scheduler, target.path, *active);
}

int kill_at_once(Session& session, SchedulerClient& scheduler, const Target& target, const KillOptions& options) {
  Console& console = session.console();
  console.info("Killing tasks for job: " + to_string(target.path));
  if (!target.instances.empty()) console.info("Instances to be killed: " + format_instances(target.instances));
  const auto outcome = send_kill(session, scheduler, target, options.message);
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& message = std::get<Result<std::string>>(outcome);
  if (!message.ok()) return session.fail(message.error(), "Command failure:", ExitCode::ApiError);
  if (session.is_classic()) {
    report_response(session, "OK", *message);
    show_job_url(session, scheduler, target.path.job);
  } else if (*message != kKilled) {
    console.info(*message);
  }
  if (*message != kKilled) tell_why_none(session, scheduler, target);
  switch (wait_until_dead(session, scheduler, target.path.job, target.instances)) {
    case WaitEnd::Done: return 0;
    case WaitEnd::Interrupted: return static_cast<int>(ExitCode::Interrupted);
    case WaitEnd::TimedOut:
    case WaitEnd::Failed: break;
  }
  if (session.is_classic()) return session.fail(ExitCode::Timeout, "Tasks were not killed in time.");
  const std::string ids = target.instances.empty() ? "None" : format_instances(target.instances);
  return session.fail(ExitCode::Timeout, "Instances " + ids + " were not killed in time");
}

struct BatchCounts {
  int64_t failed = 0;
  int64_t failed_max = 0;
};

// One call and one wait. Absent: go on; else the exit code.
std::optional<int> kill_batch(Session& session, SchedulerClient& scheduler, const Target& batch, const KillOptions& options,
                              BatchCounts& counts) {
  Console& console = session.console();
  const std::string ids = format_instances(batch.instances);
  console.info("Killing tasks for job: " + to_string(batch.path));
  console.info("Instances to be killed: " + ids);
  const auto outcome = send_kill(session, scheduler, batch, options.message);
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& message = std::get<Result<std::string>>(outcome);
  if (!message.ok()) {
    if (!session.is_classic() || !is_refusal(message.error().code)) {
      return session.fail(message.error(), "Kill of instances " + ids + " failed with error:", ExitCode::ApiError);
    }
    console.info("Kill of shards " + ids + " failed with error " + message.error().message);
    console.print("ERROR IN KILL_JOB");
    ++counts.failed;
  } else {
    const WaitEnd end = wait_until_dead(session, scheduler, batch.path.job, batch.instances);
    if (end == WaitEnd::Interrupted) return static_cast<int>(ExitCode::Interrupted);
    if (end == WaitEnd::TimedOut) {
      console.print_error("Instances " + ids + " were not killed in time");
      ++counts.failed;
    } else if (!session.is_classic()) {
      console.print("Successfully killed instances " + ids);
    }
  }
  if (counts.failed <= counts.failed_max) return std::nullopt;
  if (session.is_classic()) {
    console.log(Severity::Error, "Exceeded maximum number of errors while killing instances");
    return 1;
  }
  return session.fail(ExitCode::CommandFailure, "Exceeded maximum number of errors while killing instances");
}

int finish_batches(Session& session, const BatchCounts& counts) {
  if (counts.failed == 0) return 0;
  if (session.is_classic()) {
    session.console().print("Warning: errors occurred during batch kill");
    return 1;
  }
  return session.fail(ExitCode::CommandFailure, "Errors occurred while killing instances");
}

int kill_in_batches(Session& session, SchedulerClient& scheduler, const Target& target, const KillOptions& options) {
  const auto active = active_instances(scheduler, target.path.job);
  if (!active.ok()) return session.fail(active.error(), "Command failure:", ExitCode::ApiError);
  std::set<int32_t> chosen;
  for (const int32_t id : *active) {
    if (target.instances.empty() || target.instances.contains(id)) chosen.insert(id);
  }
  if (chosen.empty()) {
    const std::string text = "No tasks to kill found for job " + to_string(target.path);
    if (session.is_classic()) {
      session.console().log(Severity::Error, text);
    } else {
      session.console().print_error(text);  // and yet a success, as the original's scripts know it
    }
    tell_active(session, scheduler, target.path, *active);
    return session.is_classic() ? 1 : 0;
  }
  BatchCounts counts{0, options.max_total_failures};
  for (const auto& batch : batches_of(chosen, options.batch_size)) {
    if (const auto stop = kill_batch(session, scheduler, {target.path, batch, target.hooks}, options, counts)) return *stop;
  }
  return finish_batches(session, counts);
}

// --strict: every id given must be active.
std::optional<int> refuse_inactive(Session& session, SchedulerClient& scheduler, const Target& target) {
  const auto active = active_instances(scheduler, target.path.job);
  if (!active.ok()) return session.fail(active.error(), "Command failure:", ExitCode::ApiError);
  return fail_if_inactive(session, scheduler, target.path, target.instances, *active);
}

int run(Session& session, Target target, const KillOptions& options, const char* what) {
  auto scheduler = SchedulerClient::find(session, target.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  if (options.is_strict) {
    if (const auto stop = refuse_inactive(session, *scheduler, target)) return *stop;
  }
  const auto hooks = load_for_hooks(session, target.path, options.hook_file);
  if (const auto* stopped = std::get_if<Stopped>(&hooks)) return stopped->exit_code;
  if (const auto& job = std::get<std::optional<LoadedJob>>(hooks)) target.hooks = &*job;
  const bool ignores_policy = !session.is_classic() && !target.instances.empty() && has_counting_policy(*scheduler, target.path.job);
  if (ignores_policy) session.console().print("WARNING: Killing instances without updating SlaPolicy.");
  const int code = options.batch_size > 0 ? kill_in_batches(session, *scheduler, target, options)
                                          : kill_at_once(session, *scheduler, target, options);
  if (code != 0) return code;
  if (options.open_browser) open_job_page(session, *scheduler, target.path.job);
  if (!session.is_classic()) session.console().print(std::string("Job ") + what + " succeeded");
  return 0;
}

}  // namespace

int killall(Session& session, const KillOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  return run(session, {*path, {}, nullptr}, options, "killall");
}

int kill(Session& session, const KillOptions& options) {
  const auto target_or_stopped = choose_instances(session, options.key, options.shards);
  if (const auto* stopped = std::get_if<Stopped>(&target_or_stopped)) return stopped->exit_code;
  const auto& target = std::get<InstancesPath>(target_or_stopped);
  if (target.instances) return run(session, {target.path, *target.instances, nullptr}, options, "kill");
  if (session.is_classic()) {
    session.console().print_error("Shards option is required for kill; use killall to kill all shards");
    return 1;
  }
  return session.fail(ExitCode::InvalidParameter,
                      "The instances list cannot be omitted in a kill command!; use killall to kill all instances");
}

}  // namespace aurora::client

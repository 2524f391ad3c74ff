// `restart KEY` and `job restart KEY`: batch by batch, each watched before the next (spec/client.md §8.3).
#include <algorithm>
#include <deque>
#include <iterator>
#include <map>

#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/api_hooks.h"
#include "client/job_page.h"
#include "client/wait_notice.h"
#include "client/missing_job.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

struct Watch {
  Duration required;   // up for longer than this is healthy
  Duration threshold;  // not running after this has failed
  Duration poll;
};

// How one instance of a batch is doing.
struct Watched {
  std::string old_task;  // from before the restart: not to be taken for the new one
  std::string task;      // seen running
  Duration since;
};

class Restart {
 public:
  Restart(Session& session, SchedulerClient& scheduler, JobPath path, const RestartOptions& options, const LoadedJob* hooks)
      : session_(session), scheduler_(scheduler), path_(std::move(path)), options_(options), hooks_(hooks) {
    watch_.required = seconds(options.watch_secs);
    watch_.threshold = seconds(options.restart_threshold_secs > 0 ? options.restart_threshold_secs
                                                                  : 2 * options.watch_secs + 60);
    watch_.poll = seconds(std::max<int64_t>(1, options.healthcheck_interval_seconds));
  }

  // Absent: all went well; else the exit code, everything printed. The hooks are around the whole of it.
  std::optional<int> run(const std::set<int32_t>& instances) {
    const HookedCall call = hooked_restart(path_, instances, options_);
    if (const auto stopped = run_pre_hooks(session_, hooks_, call)) return stopped->exit_code;
    const auto stop = restart_all(instances);
    if (stop && !failure_) failure_ = Error{ErrorCode::Unavailable, "interrupted"};
    run_after_hooks(session_, hooks_, call, failure_ ? &*failure_ : nullptr);
    return stop;
  }

  const std::string& last_message() const { return last_message_; }  // of the scheduler's last reply

 private:
  std::optional<int> restart_all(const std::set<int32_t>& instances) {
    std::deque<int32_t> queue(instances.begin(), instances.end());
    const size_t total = queue.size();
    while (!queue.empty()) {
      session_.console().show_progress("Restarting", static_cast<int64_t>(total - queue.size()), static_cast<int64_t>(total));
      std::set<int32_t> batch;
      while (!queue.empty() && static_cast<int64_t>(batch.size()) < std::max<int64_t>(1, options_.batch_size)) {
        batch.insert(queue.front());
        queue.pop_front();
      }
      std::set<int32_t> failed;
      if (const auto stop = restart_batch(batch, failed)) return stop;
      if (const auto stop = count_failures(failed)) return stop;
      queue.insert(queue.end(), failed.begin(), failed.end());
    }
    session_.console().clear_progress();
    session_.console().info("All instances were restarted successfully");
    return std::nullopt;
  }

  std::optional<int> restart_batch(const std::set<int32_t>& batch, std::set<int32_t>& failed) {
    Console& console = session_.console();
    const auto before = list_tasks(scheduler_, path_.job, batch, TaskFilter::ActiveOnly);
    if (!before.ok()) return refuse(before.error());
    console.info("Restarting instances: " + format_instances(batch));
    codec::JsonArray ids;
    for (const int32_t id : batch) ids.add(id);
    codec::JsonObject body;
    body.add_raw("instances", ids.text());
    const auto reply = scheduler_.change("restartShards", "POST", job_route(path_.job) + "/restart", body.text());
    if (!reply.ok()) return refuse(reply.error());
    last_message_ = reply->string_or("message", "");
    console.info("Watching instances: " + format_instances(batch));
    return watch(batch, *before, failed);
  }

  std::optional<int> watch(const std::set<int32_t>& batch, const std::vector<TaskView>& before, std::set<int32_t>& failed) {
    std::map<int32_t, Watched> watched;
    for (const int32_t id : batch) watched[id];
    for (const TaskView& task : before) watched[task.instance].old_task = task.id;
    WaitNotice notice(session_);
    session_.set_parting_words("Instances " + format_instances(batch) + " restart without it, the others are not touched; `aurora " +
                               "job status " + to_string(path_) + "` shows them.");
    const Duration begin = session_.world().clock.monotonic();
    while (!watched.empty()) {
      const auto tasks = list_tasks(scheduler_, path_.job, batch, TaskFilter::ActiveOnly);
      if (!tasks.ok()) return refuse(tasks.error());
      const Duration now = session_.world().clock.monotonic();
      for (auto entry = watched.begin(); entry != watched.end();) {
        const auto verdict = judge(entry->first, entry->second, *tasks, now, now - begin);
        if (verdict == Verdict::Failed) failed.insert(entry->first);
        entry = verdict == Verdict::Undecided ? std::next(entry) : watched.erase(entry);
      }
      if (notice.is_due()) say_what_starts(notice, watched, *tasks);
      if (!watched.empty() && !session_.world().pause(watch_.poll)) return session_.end_interrupted();
    }
    session_.set_parting_words("");
    return std::nullopt;
  }

  // Of the instances that do not run yet.
  static void say_what_starts(WaitNotice& notice, const std::map<int32_t, Watched>& watched, const std::vector<TaskView>& tasks) {
    std::vector<const TaskView*> starting;
    for (const TaskView& task : tasks) {
      const auto found = watched.find(task.instance);
      if (found != watched.end() && found->second.task.empty()) starting.push_back(&task);
    }
    if (starting.empty()) return;
    const Waiting waiting = describe_waiting(starting);
    notice.say(waiting.kind, "Waiting for instances to run: " + waiting.text);
  }

  enum class Verdict { Undecided, Healthy, Failed };
  Verdict judge(int32_t id, Watched& watched, const std::vector<TaskView>& tasks, Duration now, Duration waited) {
    Console& console = session_.console();
    const std::string name = "Instance " + std::to_string(id);
    const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const TaskView& task) {
      return task.instance == id && task.is_running && task.id != watched.old_task;
    });
    if (!watched.task.empty() && (found == tasks.end() || found->id != watched.task)) {
      console.info(name + " is unhealthy");
      return Verdict::Failed;
    }
    if (found != tasks.end() && watched.task.empty()) {
      console.info("Detected RUNNING instance " + std::to_string(id));
      watched.task = found->id;
      watched.since = now;
    }
    if (!watched.task.empty() && now - watched.since >= watch_.required) {
      console.info(name + " has been up and healthy for at least " + std::to_string(options_.watch_secs) + " seconds");
      return Verdict::Healthy;
    }
    if (watched.task.empty() && waited >= watch_.threshold) {
      console.info(name + " was not reported healthy within " + std::to_string(watch_.threshold.ms / 1000) + " seconds");
      return Verdict::Failed;
    }
    return Verdict::Undecided;
  }

  std::optional<int> count_failures(const std::set<int32_t>& failed) {
    for (const int32_t id : failed) ++failures_[id];
    std::vector<int32_t> exceeding;
    for (const auto& [id, count] : failures_) {
      if (options_.max_per_instance_failures >= 0 && count > options_.max_per_instance_failures) exceeding.push_back(id);
    }
    if (static_cast<int64_t>(exceeding.size()) <= options_.max_total_failures) return std::nullopt;
    Console& console = session_.console();
    console.clear_progress();
    const std::string reason = std::to_string(exceeding.size()) + " failed instances observed, maximum allowed is " +
                               std::to_string(options_.max_total_failures);
    console.log(Severity::Error, reason);
    failure_ = Error{ErrorCode::Internal, reason};
    for (const int32_t id : exceeding) {
      console.log(Severity::Error, std::to_string(failures_[id]) + " instance failures for instance " + std::to_string(id) +
                                       ", maximum allowed is " + std::to_string(options_.max_per_instance_failures));
    }
    console.info("Restart failures threshold reached. Aborting");
    if (session_.is_classic()) return 1;
    console.print_error("Error restarting job " + to_string(path_) + ":");
    console.print_error("\t" + reason);
    return static_cast<int>(ExitCode::CommandFailure);
  }

  int refuse(const Error& error) {
    failure_ = error;
    session_.console().clear_progress();
    if (is_refusal(error.code)) {
      session_.console().log(Severity::Error, "Error restarting instances: " + error.message);
    }
    return session_.fail(error, "Error restarting job " + to_string(path_) + ":", ExitCode::ApiError);
  }

  Session& session_;
  SchedulerClient& scheduler_;
  JobPath path_;
  const RestartOptions& options_;
  const LoadedJob* hooks_;  // may be null
  Watch watch_;
  std::map<int32_t, int64_t> failures_;
  std::optional<Error> failure_;  // why it ended, for hooks
  std::string last_message_;
};

int finish(Session& session, SchedulerClient& scheduler, const JobPath& path, const std::string& message,
           const RestartOptions& options) {
  if (session.is_classic()) {
    report_response(session, "OK", message);
    show_job_url(session, scheduler, path.job);
  } else {
    session.console().print("Job " + to_string(path) + " restarted successfully");
  }
  if (options.open_browser) open_job_page(session, scheduler, path.job);
  return 0;
}

}  // namespace

int restart(Session& session, const RestartOptions& options) {
  const auto target_or_stopped = choose_instances(session, options.key, options.shards);
  if (const auto* stopped = std::get_if<Stopped>(&target_or_stopped)) return stopped->exit_code;
  const auto& target = std::get<InstancesPath>(target_or_stopped);
  if (options.max_total_failures < 0) {
    const std::string text =
        "max_total_failures option must be >0, but you specified " + std::to_string(options.max_total_failures);
    session.console().print_error(text);
    return session.is_classic() ? 1 : static_cast<int>(ExitCode::InvalidParameter);
  }
  auto scheduler = SchedulerClient::find(session, target.path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto active = active_instances(*scheduler, target.path.job);
  if (!active.ok()) return session.fail(active.error(), "Command failure:", ExitCode::ApiError);
  std::set<int32_t> instances = target.instances.value_or(*active);
  if (options.is_strict) {
    if (const auto code = fail_if_inactive(session, *scheduler, target.path, instances, *active)) return *code;
  }
  Console& console = session.console();
  if (instances.empty()) {
    console.info("No instances specified, and no active instances found in job " + to_string(target.path));
    console.info("Nothing to do.");
    tell_missing_job(session, *scheduler, target.path);
    return finish(session, *scheduler, target.path, "", options);
  }
  console.info("Performing rolling restart of job " + to_string(target.path) +
               " (instances: " + format_instances(instances) + ")");
  const auto hooks = load_for_hooks(session, target.path, options.hook_file);
  if (const auto* stopped = std::get_if<Stopped>(&hooks)) return stopped->exit_code;
  const auto& hooked_job = std::get<std::optional<LoadedJob>>(hooks);
  Restart restart(session, *scheduler, target.path, options, hooked_job ? &*hooked_job : nullptr);
  if (const auto stop = restart.run(instances)) {
    if (!std::ranges::includes(*active, instances)) tell_active(session, *scheduler, target.path, *active);
    return *stop;
  }
  return finish(session, *scheduler, target.path, restart.last_message(), options);
}

}  // namespace aurora::client

#include "client/job_wait.h"

#include <algorithm>
#include <map>

#include "aurora/client/job_path.h"
#include "client/wait_notice.h"

namespace aurora::client {
namespace {

constexpr Duration kFirstPause = milliseconds(100);
constexpr Duration kPauseMax = seconds(2);
constexpr Duration kKillWaitMax = seconds(254);

// Live or over for good (spec/scheduler.md §1.10): what `--wait_until RUNNING` is satisfied with.
bool has_started(const TaskView& task) {
  constexpr std::string_view kWaiting[] = {"INIT", "PENDING", "ASSIGNED", "STARTING", "THROTTLED"};
  return std::find(std::begin(kWaiting), std::end(kWaiting), task.status) == std::end(kWaiting);
}

std::map<int32_t, const TaskView*> newest_runs(const std::vector<TaskView>& tasks) {
  std::map<int32_t, const TaskView*> newest;
  for (const TaskView& task : tasks) newest.emplace(task.instance, &task);  // sorted: the newest comes first
  return newest;
}

Duration next_pause(Duration pause) { return std::min(pause * 2, kPauseMax); }

std::string key_of(const SchedulerClient& scheduler, const core::JobKey& job) {
  return to_string(JobPath{scheduler.cluster(), job});
}

void say_what_dies(WaitNotice& notice, SchedulerClient& scheduler, const core::JobKey& job,
                   const std::set<int32_t>& instances) {
  const auto active = look_at_active(scheduler, job, instances);
  if (!active.ok() || active->first.empty()) return;
  std::vector<const TaskView*> tasks;
  for (const TaskView& task : active->first) tasks.push_back(&task);
  const Waiting waiting = describe_waiting(tasks);
  const auto more = active->total - static_cast<int64_t>(tasks.size());
  notice.say(waiting.kind, "Waiting for tasks to end: " + waiting.text + (more > 0 ? "; " + std::to_string(more) + " more" : ""));
}

// FAILED, KILLED or LOST.
bool went_wrong(const TaskView& task) { return !task.is_active && task.status != "FINISHED"; }

// "Instances [0-1] FAILED: process 'web' exited with code 1", a line for each end.
void tell_failures(Session& session, const std::map<int32_t, const TaskView*>& newest) {
  constexpr size_t kShown = 10;
  std::map<std::string, std::set<int32_t>> ends;
  for (const auto& [instance, task] : newest) {
    if (!went_wrong(*task)) continue;
    const std::string last = task->events.empty() ? "" : task->events.back().message.value_or("");
    const std::string why = task->end.empty() ? last : task->end;
    ends[task->status + (why.empty() ? "" : ": " + why)].insert(instance);
  }
  size_t shown = 0;
  std::set<int32_t> others;
  for (const auto& [end, instances] : ends) {
    if (++shown <= kShown) {
      session.fail(ExitCode::CommandFailure, "Instances " + format_ranges(instances) + " " + end);
    } else {
      others.insert(instances.begin(), instances.end());
    }
  }
  if (!others.empty()) session.fail(ExitCode::CommandFailure, "Instances " + format_ranges(others) + " ended so, too, for other reasons");
}

}  // namespace

WaitEnd wait_until_dead(Session& session, SchedulerClient& scheduler, const core::JobKey& job,
                        const std::set<int32_t>& instances) {
  World& world = session.world();
  const Duration deadline = world.clock.monotonic() + kKillWaitMax;
  WaitNotice notice(session);
  const std::string key = key_of(scheduler, job);
  session.set_parting_words("The tasks go on ending; `aurora job status " + key + "` shows how far they are.");
  int64_t total = 0;
  for (Duration pause = kFirstPause;; pause = next_pause(pause)) {
    const auto active = count_active(scheduler, job, instances);
    if (active.ok() && *active == 0) break;
    if (active.ok()) {
      total = std::max(total, *active);
      session.console().show_progress("Waiting for tasks to end", total - *active, total);
      if (notice.is_due()) say_what_dies(notice, scheduler, job, instances);
    }
    if (world.clock.monotonic() + pause > deadline) {
      session.console().clear_progress();
      return WaitEnd::TimedOut;
    }
    if (!world.pause(pause)) {
      session.note_interrupt();
      return WaitEnd::Interrupted;
    }
  }
  session.console().clear_progress();
  session.set_parting_words("");
  return WaitEnd::Done;
}

Result<WaitFor> parse_wait_for(const std::string& text) {
  if (text == "PENDING") return WaitFor::Pending;
  if (text == "RUNNING") return WaitFor::Running;
  if (text == "FINISHED") return WaitFor::Finished;
  return Error{ErrorCode::InvalidArgument,
               "invalid state to wait for: '" + text + "' (choose from PENDING, RUNNING, FINISHED)"};
}

Result<WaitEnd> wait_until(Session& session, SchedulerClient& scheduler, const core::JobKey& job,
                           const std::set<int32_t>& instances, WaitFor state) {
  if (state == WaitFor::Pending) return WaitEnd::Done;
  const std::string label = state == WaitFor::Running ? "Waiting for tasks to run" : "Waiting for tasks to finish";
  const std::string key = key_of(scheduler, job);
  session.set_parting_words("The job goes on; `aurora job status " + key + "` shows it, `aurora job killall " + key +
                            "` ends it.");
  WaitNotice notice(session);
  for (Duration pause = kFirstPause;; pause = next_pause(pause)) {
    const auto tasks = TRY(list_tasks(scheduler, job, instances, TaskFilter::All));
    const auto newest = newest_runs(tasks);
    std::vector<const TaskView*> waiting;
    for (const auto& [instance, task] : newest) {
      const bool is_done = state == WaitFor::Running ? has_started(*task) : !task->is_active;
      if (!is_done) waiting.push_back(task);
    }
    if (waiting.empty()) {
      session.console().clear_progress();
      session.set_parting_words("");
      if (std::none_of(newest.begin(), newest.end(), [](const auto& entry) { return went_wrong(*entry.second); }))
        return WaitEnd::Done;
      tell_failures(session, newest);
      return WaitEnd::Failed;
    }
    const auto total = static_cast<int64_t>(newest.size());
    session.console().show_progress(label, total - static_cast<int64_t>(waiting.size()), total);
    if (notice.is_due()) {
      const Waiting what = describe_waiting(waiting);
      notice.say(what.kind, label + ", " + std::to_string(total - static_cast<int64_t>(waiting.size())) + " of " +
                                std::to_string(total) + " do: " + what.text);
    }
    if (!session.world().pause(pause)) {
      session.note_interrupt();
      return WaitEnd::Interrupted;
    }
  }
}

int code_of_wait(Session& session, const Result<WaitEnd>& end) {
  if (!end.ok()) return session.fail(end.error(), "Command failure:", ExitCode::ApiError);
  switch (*end) {
    case WaitEnd::Done: return 0;
    case WaitEnd::Failed: return session.is_classic() ? 1 : static_cast<int>(ExitCode::CommandFailure);
    case WaitEnd::TimedOut: return session.is_classic() ? 1 : static_cast<int>(ExitCode::Timeout);
    case WaitEnd::Interrupted: return static_cast<int>(ExitCode::Interrupted);
  }
  return 0;
}

}  // namespace aurora::client

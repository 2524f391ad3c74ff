#include "client/job_wait.h"

#include <algorithm>
#include <map>

#include "client/task_view.h"

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

}  // namespace

WaitEnd wait_until_dead(Session& session, SchedulerClient& scheduler, const core::JobKey& job,
                        const std::set<int32_t>& instances) {
  World& world = session.world();
  const Duration deadline = world.clock.monotonic() + kKillWaitMax;
  int64_t total = 0;
  for (Duration pause = kFirstPause;; pause = next_pause(pause)) {
    const auto active = count_active(scheduler, job, instances);
    if (active.ok() && *active == 0) break;
    if (active.ok()) {
      total = std::max(total, *active);
      session.console().show_progress("Waiting for tasks to end", total - *active, total);
    }
    if (world.clock.monotonic() + pause > deadline) {
      session.console().clear_progress();
      return WaitEnd::TimedOut;
    }
    if (!world.pause(pause)) return WaitEnd::Interrupted;
  }
  session.console().clear_progress();
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
  const char* label = state == WaitFor::Running ? "Waiting for tasks to run" : "Waiting for tasks to finish";
  for (Duration pause = kFirstPause;; pause = next_pause(pause)) {
    const auto tasks = TRY(list_tasks(scheduler, job, instances, TaskFilter::All));
    const auto newest = newest_runs(tasks);
    const auto done = std::count_if(newest.begin(), newest.end(), [&](const auto& entry) {
      return state == WaitFor::Running ? has_started(*entry.second) : !entry.second->is_active;
    });
    if (done == static_cast<int64_t>(newest.size())) break;
    session.console().show_progress(label, done, static_cast<int64_t>(newest.size()));
    if (!session.world().pause(pause)) return WaitEnd::Interrupted;
  }
  session.console().clear_progress();
  return WaitEnd::Done;
}

}  // namespace aurora::client

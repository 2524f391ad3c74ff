#include <csignal>

#include "aurora/base/clock.h"
#include "aurora/executor/local_tasks.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "executor/runner_search.h"
#include "executor/survivors.h"
#include "executor/sweep.h"

namespace aurora::executor {
namespace {

constexpr Duration kPatience = seconds(130);       // as an executor has with a runner that was asked
constexpr Duration kForcedPatience = seconds(10);  // the kernel and the runner's parent need milliseconds
constexpr Duration kLookAgain = milliseconds(50);
constexpr Duration kSweep = seconds(2);
constexpr int32_t kOfflineCode = -9;

class Killing {
 public:
  Killing(const LocalTask& task, KillHow how, const std::function<bool()>& goes_on)
      : task_(task), paths_(task.paths()), how_(how), goes_on_(goes_on) {}

  Status run() {
    const Duration deadline = clock_.monotonic() + (how_ == KillHow::Ask ? kPatience : kForcedPatience);
    bool is_told = false;
    for (;;) {
      const Result<CheckpointLock> lock = CheckpointLock::take(paths_.checkpoint);
      if (lock.ok()) return end(*lock);
      if (lock.error().code == ErrorCode::NotFound) return never_begun();
      if (lock.error().code != ErrorCode::FailedPrecondition) return lock.error();
      if (!is_told) is_told = TRY(tell_runner());
      if (!goes_on_()) return lives("nobody waits for its end any more; it was asked for");
      if (clock_.monotonic() > deadline) return lives(reason_to_live());
      pause_.wait(kLookAgain);
    }
  }

 private:
  Error lives(const std::string& why) const {
    return Error{ErrorCode::DeadlineExceeded, task_.task_id.value() + " lives: " + why};
  }
  Error never_begun() const {
    return Error{ErrorCode::NotFound,
                 task_.task_id.value() + " has not begun: there is no " + paths_.checkpoint};
  }
  std::string reason_to_live() const {
    if (how_ == KillHow::Force)
      return "its runner sleeps in the kernel and cannot be killed now; try again later";
    return "its runner did not end it in time; --force ends both at once";
  }

  // False: the runner is still being born, or ends at this moment.
  Result<bool> tell_runner() const {
    const std::optional<int> pid = find_runner(task_.work, task_.task_id);
    if (!pid) return false;
    const Result<os::Fd> runner = os::open_process(*pid);
    if (!runner.ok() || !is_runner(task_.work, *pid, task_.task_id)) return false;
    os::send_signal_through(*runner, how_ == KillHow::Ask ? SIGUSR1 : SIGKILL);
    return true;
  }

  // No runner is there and none will come. Its parent, or an executor, may have said how the task ended.
  Status end(const CheckpointLock& lock) {
    const core::RunHistory history = TRY(lock.read());
    if (!history.state() || !is_terminal(*history.state())) {
      const Instant now = SystemClock().now();
      TRY(lock.append(encode_record(core::RunStateRecord{core::RunState::Active, now, os::own_pid()})));
      const Result<RunnerPlan> plan = read_plan(paths_.plan);
      sweep({lock, history, plan.ok() ? plan->confinement.process_cgroup : "", kOfflineCode},
            core::RunState::Killed, now);
    }
    return Unit{};
  }

  const LocalTask& task_;
  const TaskPaths paths_;
  const KillHow how_;
  const std::function<bool()>& goes_on_;
  SystemClock clock_;
  os::Poller pause_;
};

// What left its session and lost its parents, too. Those of other tasks are left alone.
void end_rest(const LocalTask& task) {
  Watched watched;
  for (const std::string& name : os::list_names(task.work.state + "/tasks")) {
    if (name != task.task_id.value()) watched.tasks.insert(core::TaskId(name));
  }
  end_survivors(task.work, watched, kSweep);
}

// An executor, or the tool that started it, may be gone.
void release(const LocalTask& task) {
  if (belongs_to_executor(task.work)) return;
  const Result<RunnerPlan> plan = read_plan(task.paths().plan);
  if (plan.ok()) os::remove_cgroup(plan->confinement.cgroups, kSweep);
}

}  // namespace

Status kill_local_task(const LocalTask& task, KillHow how, const std::function<bool()>& goes_on) {
  TRY(Killing(task, how, goes_on).run());
  end_rest(task);
  release(task);
  return Unit{};
}

}  // namespace aurora::executor

// Where runners live: makes sandboxes, starts one runner per task, signals them and tells what became of them.
// PosixRunnerHost for the world, a fake in tests/support for the simulation.
// Used by the host loop's thread only, except wake().
#pragma once

#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/core/process/host_tasks.h"

namespace aurora::executor {

// Why a task could not be started, as its end: Unavailable and Internal mean LOST, anything else FAILED; the message is
// what the user reads.
inline core::StartFailed failure_of(const core::TaskId& task_id, const Error& error) {
  const bool is_ours = error.code == ErrorCode::Internal || error.code == ErrorCode::Unavailable;
  return {task_id, is_ours ? core::TaskStatus::Lost : core::TaskStatus::Failed, error.message,
          core::EndReason{.cause = core::EndCause::Setup, .detail = error.message}};
}

class RunnerHost {
 public:
  virtual ~RunnerHost() = default;
  // False: what was asked for before has to be started first; wait() returns when that has changed.
  virtual bool can_start() const { return true; }
  // Prepares sandbox and plan and starts the runner, now or soon: it waits for neither. RunnerStarted and
  // RunnerExited follow from wait(), or StartFailed. An Error is the task's end, as in failure_of(). Never
  // called twice for a task id, not even by later executors of the same work folder. `gpus`: device files,
  // its own.
  virtual Status start(const core::Task& task, const std::vector<std::string>& gpus) = 0;
  // Asks the task's runner to kill its task (it escalates by itself, 60 s); one that is not born yet is asked at its
  // birth. Asking again changes nothing. Nothing happens if there is none.
  virtual void request_kill(const core::TaskId& task_id) = 0;
  // For a runner that was asked to kill its task and had its time: ends it and everything it left behind at once.
  // RunnerExited follows. One that was stopped meanwhile goes on instead, once, and one that is not born yet is asked.
  virtual void destroy(const core::TaskId& task_id) = 0;
  // After a restart of the executor: what is there of a task that was accepted before. If its runner is alive or being
  // born, it is watched from now on, and nothing waits for it here; if it is dead, what it left running is killed.
  virtual core::HostTasks::FoundRunner adopt(const core::TaskId& task_id) = 0;
  // After a restart, before adopt(): every task that has a folder here, whatever the journal says.
  struct FoundFolder {
    core::TaskId task_id;
    bool is_held = false;  // a runner holds its lock
  };
  virtual std::vector<FoundFolder> list_found() = 0;
  // What the journal should say of such a task, as its folder tells.
  virtual core::TaskAccepted recover(const core::TaskId& task_id) = 0;
  // Waits until something happened, wake() was called, or `max` has passed. RunnerStarted, StartFailed, RunnerExited
  // and PortTaken only.
  virtual std::vector<core::HostEvent> wait(Duration max) = 0;
  virtual void wake() = 0;  // thread-safe
};

}  // namespace aurora::executor

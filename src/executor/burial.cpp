#include "executor/burial.h"

#include "aurora/core/process/find_end_reason.h"
#include "aurora/executor/limits_reached.h"
#include "executor/sweep.h"

namespace aurora::executor {

core::RunnerEnd end_of_runner(const std::optional<os::ProcessEnd>& process) {
  core::RunnerEnd end;
  if (process && process->signal != 0) end.signal = process->signal;
  if (process && process->signal == 0) end.exit_code = process->exit_code;
  return end;
}

namespace {

void add_limits(const RunnerPlan& plan, core::RunnerEnd& end) {
  if (auto reached = find_memory_limit_reached(plan)) end.memory_limit = std::move(reached->reason);
  const bool is_of_process = end.reason && (end.reason->cause == core::EndCause::Exited ||
                                            end.reason->cause == core::EndCause::Signaled);
  if (!is_of_process || !end.reason->detail.empty()) return;
  end.reason->detail = describe_refused_forks(plan);
  if (end.reason->detail.empty()) end.reason->detail = describe_full_sandbox(plan);
}

}  // namespace

Burial bury(const TaskPaths& paths, const CheckpointLock& lock, const std::optional<os::ProcessEnd>& process,
            Instant now) {
  core::RunnerEnd end = end_of_runner(process);
  const Result<core::RunHistory> read = lock.read();
  const core::RunHistory history = read.ok() ? *read : core::RunHistory{};
  if (read.ok()) end.last_state = history.state();
  if (history.runner_end) end = *history.runner_end;
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  end.reason = core::find_end_reason(plan.ok() ? plan->plan : core::TaskPlan{}, history, end);
  if (plan.ok()) add_limits(*plan, end);
  const bool has_said_it = history.state() && is_terminal(*history.state());
  if (read.ok() && !has_said_it) {
    sweep({lock, history, plan.ok() ? plan->confinement.process_cgroup : ""},
          end.signal ? core::RunState::Killed : core::RunState::Lost, now);
  }
  return {end, end.signal || !has_said_it};
}

}  // namespace aurora::executor

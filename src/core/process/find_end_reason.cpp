#include "aurora/core/process/find_end_reason.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr int32_t kSigKill = 9;
constexpr int32_t kSwept = -1;  // the return code of what was still alive when the task was over

struct EndedRun {
  uint32_t process = 0;
  int32_t run = 0;
  Instant at;
};

// The run with which the process failed for good before the task was wound up (spec/thermos-executor.md §6); what
// it did after that decided nothing.
std::optional<int32_t> find_last_failure(const ProcessPlan& plan, const std::vector<ProcessRun>& runs, Instant until) {
  int failures = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const ProcessRun& run = runs[i];
    if (!run.stop_time || *run.stop_time > until) break;
    const bool has_failed = run.state == ProcessState::Failed;
    failures += has_failed ? 1 : 0;
    const bool is_final_failure = has_failed && plan.max_failures != 0 && failures >= plan.max_failures;
    if (is_final_failure) return plan.ephemeral ? std::nullopt : std::optional(static_cast<int32_t>(i));
    if (i + 1 >= kProcessRunsMax && (run.state != ProcessState::Success || plan.daemon)) return static_cast<int32_t>(i);
  }
  return std::nullopt;
}

Instant end_of_activity(const RunHistory& history) {
  const auto cleaning = std::ranges::find(history.states, RunState::Cleaning, &RunStateRecord::state);
  return cleaning != history.states.end() ? cleaning->at : Instant{INT64_MAX};
}

EndReason reason_of_run(const ProcessPlan& plan, const ProcessRun& run, int32_t number) {
  EndReason reason{.cause = EndCause::Exited, .process = plan.name, .run = number, .detail = run.detail};
  const int32_t code = run.return_code.value_or(0);
  if (code < 0) {
    reason.cause = EndCause::Signaled;
    reason.signal = -code;
  } else if (!run.detail.empty()) {
    reason.cause = EndCause::NotLaunched;
  } else {
    reason.exit_code = code;
  }
  return reason;
}

// Of the processes that failed for good, the one that reached the task's limit; if none did, the last: what came
// after it could never run.
std::optional<EndReason> find_failed_process(const TaskPlan& plan, const RunHistory& history) {
  const Instant until = end_of_activity(history);
  std::vector<EndedRun> failed;
  const auto known = static_cast<uint32_t>(std::min(plan.processes.size(), history.processes.size()));
  for (uint32_t i = 0; i < known; ++i) {
    if (plan.processes[i].final) continue;
    const auto& runs = history.processes[i];
    if (const auto run = find_last_failure(plan.processes[i], runs, until)) {
      failed.push_back({i, *run, *runs[static_cast<size_t>(*run)].stop_time});
    }
  }
  if (failed.empty()) return std::nullopt;
  std::ranges::stable_sort(failed, {}, &EndedRun::at);
  const size_t limit = plan.max_failures > 0 ? static_cast<size_t>(plan.max_failures) : failed.size();
  const EndedRun& decisive = failed[std::min(limit, failed.size()) - 1];
  return reason_of_run(plan.processes[decisive.process],
                       history.processes[decisive.process][static_cast<size_t>(decisive.run)], decisive.run);
}

// Of the processes that were alive when the end was asked for: one that had to be ended by SIGKILL, else the first.
EndReason describe_kill(const TaskPlan& plan, const RunHistory& history) {
  EndReason reason{.cause = EndCause::Killed};
  const Instant since = end_of_activity(history);
  const auto known = static_cast<uint32_t>(std::min(plan.processes.size(), history.processes.size()));
  for (uint32_t i = 0; i < known; ++i) {
    const auto& runs = history.processes[i];
    if (plan.processes[i].final || runs.empty() || !runs.back().stop_time || *runs.back().stop_time < since) continue;
    const bool is_swept = runs.back().return_code == kSwept && *runs.back().stop_time >= history.states.back().at;
    if (!reason.process.empty() && !is_swept) continue;
    const EndReason end = reason_of_run(plan.processes[i], runs.back(), static_cast<int32_t>(runs.size()) - 1);
    reason.process = end.process;
    reason.run = end.run;
    reason.exit_code = is_swept ? std::nullopt : end.exit_code;
    reason.signal = is_swept ? std::optional(kSigKill) : end.signal;
    if (is_swept) break;
  }
  return reason;
}

EndReason describe_runner(const RunnerEnd& end) {
  EndReason reason{.cause = EndCause::RunnerDied};
  if (end.signal) {
    reason.signal = *end.signal;
  } else if (end.exit_code && *end.exit_code != 0) {
    reason.exit_code = *end.exit_code;
  }
  if (!end.last_state) reason.detail = "its checkpoint says nothing";
  return reason;
}

}  // namespace

std::optional<EndReason> find_end_reason(const TaskPlan& plan, const RunHistory& history, const RunnerEnd& end) {
  constexpr int32_t kNotByRunner = 0;  // the pid in what others wrote after its death
  const std::optional<RunState> state = history.state();
  const bool is_told = state && is_terminal(*state) && history.states.back().runner_pid != kNotByRunner;
  if (!is_told || history.runner_end) return describe_runner(end);
  if (*state == RunState::Success) return std::nullopt;
  if (*state == RunState::Failed) {
    return find_failed_process(plan, history).value_or(EndReason{.cause = EndCause::Setup, .detail = "its processes wait for each other"});
  }
  return describe_kill(plan, history);
}

}  // namespace aurora::core

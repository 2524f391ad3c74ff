#include "aurora/core/process/run_history.h"

namespace aurora::core {
namespace {

bool begin_run(std::vector<ProcessRun>& runs) {
  if (!runs.empty() && !is_terminal(runs.back().state)) return false;
  runs.emplace_back();
  return true;
}

bool apply_to_run(ProcessRun& run, const ProcessRecord& record) {
  if (!is_legal(run.state, record.state)) return false;
  run.state = record.state;
  switch (record.state) {
    case ProcessState::Waiting:
      break;
    case ProcessState::Forked:
      run.fork_time = record.at;
      run.pid = record.pid;
      run.start_ticks = record.start_ticks;
      break;
    case ProcessState::Running:
      run.start_time = record.at;
      break;
    case ProcessState::Success:
    case ProcessState::Killed:
    case ProcessState::Failed:
      run.stop_time = record.at;
      run.return_code = record.return_code;
      run.detail = record.detail;
      break;
    case ProcessState::Lost:
      break;
  }
  return true;
}

}  // namespace

bool RunHistory::apply(const RunRecord& record) {
  if (const auto* state = std::get_if<RunStateRecord>(&record)) {
    states.push_back(*state);
    return true;
  }
  if (const auto* end = std::get_if<RunnerEndRecord>(&record)) {
    if (runner_end || (state() && is_terminal(*state()))) return false;
    runner_end = RunnerEnd{std::nullopt, std::nullopt, state()};
    (end->signal != 0 ? runner_end->signal : runner_end->exit_code) =
        end->signal != 0 ? end->signal : end->exit_code;
    return true;
  }
  const auto& process = std::get<ProcessRecord>(record);
  constexpr uint32_t kProcessesMax = 100'000;  // a bound for damaged files
  if (process.process >= kProcessesMax) return false;
  if (process.process >= processes.size()) processes.resize(process.process + 1);
  std::vector<ProcessRun>& runs = processes[process.process];
  if (process.state == ProcessState::Waiting) return begin_run(runs);
  return !runs.empty() && apply_to_run(runs.back(), process);
}

std::optional<RunState> RunHistory::state() const {
  if (states.empty()) return std::nullopt;
  return states.back().state;
}

std::string RunHistory::boot_id() const { return states.empty() ? "" : states.front().boot_id; }

}  // namespace aurora::core

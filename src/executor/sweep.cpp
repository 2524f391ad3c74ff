#include "executor/sweep.h"

#include <csignal>
#include <set>

#include "aurora/os/cgroup.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"

namespace aurora::executor {
namespace {

constexpr Duration kKillAtOnce = milliseconds(200);  // what sleeps in the kernel then is others' to find

// The process itself, not a later one of its pid.
bool is_there(const core::RunHistory& history, const core::ProcessRun& run) {
  if (run.start_ticks == 0 || history.boot_id().empty()) return os::is_same_process(run.pid, *run.fork_time);
  const auto info = os::find_process(run.pid);
  return info && info->start_ticks == run.start_ticks && os::boot_id() == history.boot_id();
}

void kill_sessions(const std::set<int>& leaders) {
  std::set<int> victims;
  for (const int leader : leaders) {
    for (const int pid : os::descendants_of(leader)) victims.insert(pid);
  }
  // Orphans went to init; their session still tells whose they are.
  for (const int pid : os::list_processes()) {
    const auto info = os::find_process(pid);
    if (info && leaders.contains(info->session)) victims.insert(pid);
  }
  for (const int leader : leaders) os::send_signal_to_group(leader, SIGKILL);
  for (const int pid : victims) os::send_signal(pid, SIGKILL);
}

}  // namespace

void sweep(const TaskLeftovers& task, core::RunState end, Instant now) {
  const core::RunHistory& history = task.history;
  std::string records = encode_record(core::RunStateRecord{end, now, 0});
  std::set<int> leaders;
  for (uint32_t i = 0; i < history.processes.size(); ++i) {
    if (history.processes[i].empty()) continue;
    const core::ProcessRun& run = history.processes[i].back();
    if (is_terminal(run.state) || !run.fork_time) continue;
    const bool lives = is_there(history, run);
    if (lives) leaders.insert(run.pid);
    core::ProcessRecord record{i, lives ? core::ProcessState::Killed : core::ProcessState::Lost, now,
                               run.pid};
    if (lives) record.return_code = task.return_code;
    records += encode_record(record);
  }
  // Nobody leaves a group by himself. Only where there is none, or somebody has moved its processes out of it, a look
  // at all processes of the host is worth its price.
  if (!task.process_cgroup.empty() && os::kill_cgroup(task.process_cgroup, kKillAtOnce)) {
    std::erase_if(leaders, [](int pid) {
      const auto info = os::find_process(pid);
      return !info || !os::is_alive(*info);
    });
  }
  if (!leaders.empty()) kill_sessions(leaders);
  static_cast<void>(task.checkpoint.append(records));
}

}  // namespace aurora::executor

#include "executor/sweep.h"

#include <csignal>
#include <set>

#include "aurora/os/files.h"
#include "aurora/os/processes.h"

namespace aurora::executor {
namespace {

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

void sweep(const std::string& checkpoint_path, const core::RunHistory& history, core::RunState end,
           Instant now) {
  std::string records = encode_record(core::RunStateRecord{end, now, 0});
  std::set<int> leaders;
  for (uint32_t i = 0; i < history.processes.size(); ++i) {
    if (history.processes[i].empty()) continue;
    const core::ProcessRun& run = history.processes[i].back();
    if (is_terminal(run.state) || !run.fork_time) continue;
    const bool is_there = os::is_same_process(run.pid, *run.fork_time);
    if (is_there) leaders.insert(run.pid);
    core::ProcessRecord record{i, is_there ? core::ProcessState::Killed : core::ProcessState::Lost, now,
                               run.pid};
    if (is_there) record.return_code = -1;
    records += encode_record(record);
  }
  if (!leaders.empty()) kill_sessions(leaders);
  const Result<os::Fd> checkpoint = os::open_for_append(checkpoint_path);
  if (checkpoint.ok()) static_cast<void>(os::append_all(*checkpoint, records));
}

}  // namespace aurora::executor

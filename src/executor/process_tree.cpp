#include "aurora/executor/process_tree.h"

#include <algorithm>
#include <map>
#include <set>

#include "aurora/os/cgroup.h"
#include "aurora/os/processes.h"

namespace aurora::executor {
namespace {

using Names = std::map<int, std::string>;  // of the processes that the runner started, by pid

Names find_names(const RunnerPlan& plan, const core::RunHistory& history) {
  Names names;
  const size_t known = std::min(history.processes.size(), plan.plan.processes.size());
  for (size_t i = 0; i < known; ++i) {
    if (history.processes[i].empty()) continue;
    const core::ProcessRun& run = history.processes[i].back();
    const auto info = os::find_process(run.pid);
    const bool is_it = info && (run.start_ticks == 0 || info->start_ticks == run.start_ticks);
    if (run.state == core::ProcessState::Running && is_it) names[run.pid] = plan.plan.processes[i].name;
  }
  return names;
}

// The control group knows those that detached, too.
std::set<int> find_pids(const RunnerPlan& plan, const Names& names) {
  std::set<int> pids;
  for (const int pid : os::list_cgroup(plan.confinement.process_cgroup)) pids.insert(pid);
  for (const auto& [pid, name] : names) {
    pids.insert(pid);
    for (const int child : os::descendants_of(pid)) pids.insert(child);
    if (pids.size() > kTreeProcessesMax) break;
  }
  return pids;
}

class Tree {
 public:
  Tree(const std::set<int>& pids, const Names& names) : names_(names) {
    for (const int pid : pids) {
      const auto info = os::find_process(pid);
      if (info && info->state != 'Z') living_.emplace(pid, *info);
    }
    for (const auto& [pid, info] : living_)
      children_[living_.contains(info.parent) ? info.parent : 0].push_back(pid);
  }

  std::vector<LiveProcess> list() {
    // Without recursion: how deep it is is in the hands of the task.
    std::vector<std::pair<int, int>> open;  // with their depth
    const auto open_children = [&](int parent, int depth) {
      const std::vector<int>& children = children_[parent];
      for (auto child = children.rbegin(); child != children.rend(); ++child)
        open.emplace_back(*child, depth);
    };
    std::vector<LiveProcess> all;
    open_children(0, 0);
    while (!open.empty() && all.size() < kTreeProcessesMax) {
      const auto [pid, depth] = open.back();
      open.pop_back();
      all.push_back(view(living_.at(pid), depth));
      open_children(pid, depth + 1);
    }
    return all;
  }

 private:
  LiveProcess view(const os::ProcessInfo& info, int depth) const {
    const auto name = names_.find(info.pid);
    return {info.pid,
            info.parent,
            depth,
            name == names_.end() ? "" : name->second,
            os::command_line_of(info.pid),
            info.state,
            info.started,
            static_cast<double>((info.user_time + info.system_time).ms) / 1000,
            info.resident_bytes,
            info.threads};
  }

  const Names& names_;
  std::map<int, os::ProcessInfo> living_;
  std::map<int, std::vector<int>> children_;
};

}  // namespace

std::vector<LiveProcess> list_live_processes(const RunnerPlan& plan, const core::RunHistory& history) {
  const Names names = find_names(plan, history);
  return Tree(find_pids(plan, names), names).list();
}

}  // namespace aurora::executor

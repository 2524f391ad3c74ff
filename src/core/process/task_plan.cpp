#include "aurora/core/process/task_plan.h"

#include <algorithm>
#include <unordered_map>

#include "aurora/base/digits.h"

namespace aurora::core {
namespace {

Error invalid(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

using Index = std::unordered_map<std::string, uint32_t>;
using Edges = std::vector<std::pair<uint32_t, uint32_t>>;  // before, after; perhaps more than once

std::string grouped(size_t count) { return grouped_digits(static_cast<int64_t>(count)); }

// ^[^./][^/]*$: it becomes the name of a folder.
Status check_name(const std::string& name) {
  const std::string kInvalid = "Task has invalid process: ";
  if (name.empty()) return invalid(kInvalid + "a process has an empty name");
  if (name.find('\0') != std::string::npos) return invalid(kInvalid + "a process name holds a NUL character");
  if (name[0] == '.' || name.find('/') != std::string::npos) {
    return invalid(kInvalid + "Process name " + name + " must not start with '.' or contain '/'");
  }
  return Unit{};
}

Result<Index> index_processes(const TaskPlan& plan) {
  Index index;
  for (uint32_t i = 0; i < plan.processes.size(); ++i) {
    const ProcessPlan& process = plan.processes[i];
    TRY(check_name(process.name));
    if (!index.emplace(process.name, i).second) {
      return invalid("Task has invalid process: Duplicate process name: " + process.name);
    }
    if (process.max_failures < 0) {
      return invalid("Task has invalid process: " + process.name + ": max_failures must not be negative");
    }
  }
  return index;
}

Status check_pair(const ProcessPlan& before, const ProcessPlan& after) {
  if (before.daemon) {
    return invalid("Process " + after.name + " depends on daemon process " + before.name +
                   ", which never finishes");
  }
  if (before.ephemeral && !after.ephemeral) {
    return invalid("Non-ephemeral process " + after.name + " depends on ephemeral process " + before.name);
  }
  return Unit{};
}

// Ordinary and final processes are two plans: a list lies in one of them, or outside of both.
Status add_order(const std::vector<std::string>& order, const TaskPlan& plan, const Index& index,
                 Edges& edges) {
  size_t ordinary = 0;
  size_t final = 0;
  for (const std::string& name : order) {
    const auto found = index.find(name);
    if (found != index.end()) ++(plan.processes[found->second].final ? final : ordinary);
  }
  if (ordinary + final == 0) return Unit{};
  if (ordinary != order.size() && final != order.size()) return invalid("Invalid process dependencies!");
  for (size_t i = 1; i < order.size(); ++i) {
    const uint32_t before = index.at(order[i - 1]);
    const uint32_t after = index.at(order[i]);
    TRY(check_pair(plan.processes[before], plan.processes[after]));
    edges.emplace_back(before, after);
  }
  return Unit{};
}

// Takes away processes without predecessors until none is left; what stays is in a cycle or follows one.
Status check_cycles(const TaskPlan& plan, const Edges& edges) {
  std::vector<std::vector<uint32_t>> followers(plan.processes.size());
  std::vector<size_t> predecessors(plan.processes.size());
  for (const auto& [before, after] : edges) {
    followers[before].push_back(after);
    ++predecessors[after];
  }
  std::vector<uint32_t> free;
  for (uint32_t i = 0; i < predecessors.size(); ++i) {
    if (predecessors[i] == 0) free.push_back(i);
  }
  while (!free.empty()) {
    const uint32_t done = free.back();
    free.pop_back();
    for (const uint32_t follower : followers[done]) {
      if (--predecessors[follower] == 0) free.push_back(follower);
    }
  }
  const std::string* stuck = nullptr;
  for (uint32_t i = 0; i < predecessors.size(); ++i) {
    const std::string& name = plan.processes[i].name;
    if (predecessors[i] > 0 && (stuck == nullptr || name < *stuck)) stuck = &name;
  }
  if (stuck == nullptr) return Unit{};
  return invalid("Invalid process dependencies! Cycle through process " + *stuck);
}

Status check_process_size(const ProcessPlan& process) {
  if (process.name.size() > kProcessNameBytesMax) {
    return invalid("process \"" + process.name.substr(0, 40) + "...\" has a name of " +
                   grouped(process.name.size()) + " bytes; at most " + grouped(kProcessNameBytesMax) +
                   " can be the name of its log folder: shorten it");
  }
  if (process.cmdline.find('\0') != std::string::npos) {
    return invalid("Task has invalid process: the command line of " + process.name +
                   " holds a NUL character");
  }
  if (process.cmdline.size() > kCommandLineBytesMax) {
    return invalid("process \"" + process.name + "\" has a command line of " +
                   grouped(process.cmdline.size()) + " bytes; at most " + grouped(kCommandLineBytesMax) +
                   " can be executed: put it into a file of the sandbox");
  }
  return Unit{};
}

}  // namespace

Status check_size(const TaskPlan& plan) {
  if (plan.processes.size() > kTaskProcessesMax) {
    return invalid("the task has " + grouped(plan.processes.size()) + " processes; at most " +
                   grouped(kTaskProcessesMax) +
                   " are supervised: let a process start the others, or split the job");
  }
  size_t names = 0;
  for (const auto& order : plan.orders) names += std::max<size_t>(order.size(), 1);
  if (names > kOrderNamesMax) {
    return invalid("the order constraints of the task list " + grouped(names) + " processes; at most " +
                   grouped(kOrderNamesMax) + " are followed: leave out what follows from others");
  }
  for (const ProcessPlan& process : plan.processes) TRY(check_process_size(process));
  return Unit{};
}

Status check_structure(const TaskPlan& plan) {
  if (plan.processes.empty()) return invalid("Task has no processes.");
  if (plan.max_failures < 0) return invalid("Task max_failures must not be negative.");
  if (plan.max_concurrency < 0) return invalid("Task max_concurrency must not be negative.");
  const Index index = TRY(index_processes(plan));
  Edges edges;
  for (const std::vector<std::string>& order : plan.orders) TRY(add_order(order, plan, index, edges));
  return check_cycles(plan, edges);
}

Status validate(const TaskPlan& plan) {
  TRY(check_size(plan));
  return check_structure(plan);
}

}  // namespace aurora::core

#include "aurora/core/process/task_plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace aurora::core {
namespace {

Error invalid(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

using Index = std::map<std::string, const ProcessPlan*>;

// ^[^./][^/]*$: it becomes the name of a folder.
bool is_process_name(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos && name.size() <= 255;
}

Result<Index> index_processes(const TaskPlan& plan) {
  Index index;
  for (const ProcessPlan& process : plan.processes) {
    if (!is_process_name(process.name)) {
      return invalid("Task has invalid process: Process name " + process.name +
                     " must not start with '.' or contain '/'");
    }
    if (!index.emplace(process.name, &process).second) {
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
    return invalid("Process " + after.name + " depends on daemon process " + before.name + ", which never finishes");
  }
  if (before.ephemeral && !after.ephemeral) {
    return invalid("Non-ephemeral process " + after.name + " depends on ephemeral process " + before.name);
  }
  return Unit{};
}

using Edges = std::map<std::string, std::set<std::string>>;  // process -> predecessors

// Ordinary and final processes are two plans: a list lies in one of them, or outside of both.
Status add_order(const std::vector<std::string>& order, const Index& index, Edges& edges) {
  size_t ordinary = 0;
  size_t final = 0;
  for (const std::string& name : order) {
    const auto found = index.find(name);
    if (found != index.end()) ++(found->second->final ? final : ordinary);
  }
  if (ordinary + final == 0) return Unit{};
  if (ordinary != order.size() && final != order.size()) return invalid("Invalid process dependencies!");
  for (size_t i = 1; i < order.size(); ++i) {
    TRY(check_pair(*index.at(order[i - 1]), *index.at(order[i])));
    edges[order[i]].insert(order[i - 1]);
  }
  return Unit{};
}

// Takes away processes without predecessors until none is left; what stays is in a cycle.
Status check_cycles(const Index& index, Edges edges) {
  std::set<std::string> left;
  for (const auto& [name, process] : index) left.insert(name);
  while (!left.empty()) {
    std::set<std::string> free;
    std::copy_if(left.begin(), left.end(), std::inserter(free, free.end()),
                 [&](const std::string& name) { return edges[name].empty(); });
    if (free.empty()) return invalid("Invalid process dependencies! Cycle through process " + *left.begin());
    for (const std::string& name : free) left.erase(name);
    for (auto& [name, predecessors] : edges) {
      for (const std::string& done : free) predecessors.erase(done);
    }
  }
  return Unit{};
}

}  // namespace

Status validate(const TaskPlan& plan) {
  if (plan.processes.empty()) return invalid("Task has no processes.");
  if (plan.max_failures < 0) return invalid("Task max_failures must not be negative.");
  if (plan.max_concurrency < 0) return invalid("Task max_concurrency must not be negative.");
  const Index index = TRY(index_processes(plan));
  Edges edges;
  for (const std::vector<std::string>& order : plan.orders) TRY(add_order(order, index, edges));
  return check_cycles(index, std::move(edges));
}

}  // namespace aurora::core

// How a task moves between states: the one function that walks the table (core/task/task_rules.h).
#pragma once

#include <optional>
#include <set>
#include <string>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

enum class Outcome { Noop, Success, Illegal, IllegalWithEffects, Mismatch };

struct TransitionRequest {
  TaskStatus to = TaskStatus::Lost;
  SharedText message;
  std::optional<EndReason> reason = {};  // becomes the task's
  OptionalBox<Assignment> assignment = {};  // of one that becomes Assigned
};

// Appends to `decision` what moving `task` means: its move, its replacement, kills. Illegal moves append at
// most a kill. The task is looked up in `cluster` by the caller; a command moves each task at most once.
Outcome transition(const Cluster& cluster, const Task& task, const TransitionRequest& request, const Context& context,
                   Decision& decision);

// New tasks for these instances, Pending. REQUIRES: none of them is active.
void insert_tasks(const TaskConfigRef& config, const std::set<int32_t>& instances, const Context& context,
                  Decision& decision);

}  // namespace aurora::core

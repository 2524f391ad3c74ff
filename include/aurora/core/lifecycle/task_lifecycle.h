// How a task moves between states: the one function that walks the table (core/task/task_rules.h).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

enum class Outcome { Noop, Success, Illegal, IllegalWithEffects, Mismatch };

struct TransitionRequest {
  TaskStatus to = TaskStatus::Lost;
  SharedText message;
  std::optional<EndReason> reason = {};  // becomes the task's
  OptionalBox<Assignment> assignment = {};  // of one that becomes Assigned
  SharedText facts = {};                    // of its event
};

// Appends to `decision` what moving `task` means: its move, its replacement, kills. Illegal moves append at
// most a kill. The task is looked up in `cluster` by the caller; a command moves each task at most once.
Outcome transition(const Cluster& cluster, const Task& task, const TransitionRequest& request, const Context& context,
                   Decision& decision);

// New tasks for these instances, Pending. `facts`: who asked for them, or what. REQUIRES: none of them is active.
void insert_tasks(const TaskConfigRef& config, const std::set<int32_t>& instances, const SharedText& facts,
                  const Context& context, Decision& decision);

// A text from outside, such as a user's name or why a task ended, as a part of facts: these are kept with each task.
std::string as_fact(std::string_view text);

}  // namespace aurora::core

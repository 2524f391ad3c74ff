// How a task moves between states: the table of Aurora 0.22 as data (spec/scheduler.md §2.2) and the one function
// that walks it. One cell differs on purpose: Partitioned -> Finished reschedules a service, as every other way of
// finishing does; Aurora forgets the instance.
#pragma once

#include <vector>

#include "aurora/core/commands/command.h"

namespace aurora::core {

// Side effects of a transition, in the order in which they run (spec/scheduler.md §2.1).
enum class Step {
  IncrementFailures,
  Save,
  Reschedule,           // make a replacement
  RescheduleIfService,
  RescheduleIfFailuresLeft,
  RescheduleUnlessKilling,  // unless the task's history has a Killing event
  MarkLost,             // a nested transition of the same task to Lost
  Kill,
  Delete,
};

enum class Outcome { Noop, Success, Illegal, IllegalWithEffects, Mismatch };

struct TaskRule {
  bool legal = false;
  bool noop = false;
  std::vector<Step> steps;
};
// The cell of the table. `from` absent: no such task.
TaskRule find_rule(std::optional<TaskStatus> from, TaskStatus to);

struct TransitionRequest {
  TaskStatus to = TaskStatus::Lost;
  std::optional<std::string> message;
  std::optional<EndReason> reason = {};  // becomes the task's
};

// Appends to `decision` what moving `task` means: its new record, its replacement, kills. Illegal moves append at
// most a kill. The task is looked up in `cluster` by the caller; a command moves each task at most once.
Outcome transition(const Cluster& cluster, const Task& task, const TransitionRequest& request, const Context& context,
                   Decision& decision);

// New tasks for these instances, Pending. REQUIRES: none of them is active.
void insert_tasks(const TaskConfigRef& config, const std::set<int32_t>& instances, const Context& context,
                  Decision& decision);

}  // namespace aurora::core

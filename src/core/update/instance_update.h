// What one instance of an update needs next (spec/scheduler.md §9.5): a pure table of what it should have
// against what it has.
#pragma once

#include "aurora/core/task/task.h"

namespace aurora::core {

enum class Verdict {
  Succeeded,
  Add,
  Kill,
  Wait,          // for the task to change
  WaitWatch,     // until it has been Running for the watch time
  CountFailure,  // a run of the wanted configuration ended
};

// `desired`: the configuration it should have, null for none. `actual`: its task, null for none.
Verdict judge(const TaskConfigRef* desired, const Task* actual, Duration watch, Instant now);

// Killed on request: as good as absent, nobody replaces it.
bool was_killed(const Task& task);
// When the watch time of a Running task is over. REQUIRES: the task has events.
Instant watch_end(const Task& task, Duration watch);

}  // namespace aurora::core

// Processes that outlived the runner of their task and its parent, too. If this executor was there already, they are
// its children now; else their HOME still tells the task, and its lock tells that it is over.
#pragma once

#include <set>

#include "aurora/base/time.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Ends those of all tasks of this folder that are over. `runners` are pids that are known to be none. True when none
// was left, false when there may be some after `max`.
bool end_survivors(const WorkFolder& work, const std::set<int>& runners, Duration max);

}  // namespace aurora::executor

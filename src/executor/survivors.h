// Processes that outlived the runner of their task and its parent, too. If this executor was there already,
// they are its children now; else their HOME still tells the task, and its lock tells that it is over.
#pragma once

#include <set>

#include "aurora/base/time.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Whose ends are not settled yet: what their processes do until then is written down by whoever buries them.
struct Watched {
  std::set<core::TaskId> tasks;
  std::set<int> runners;  // pids
};

// Ends those of all tasks of this folder that are over and not `watched`. True when none was left, false when
// there may be some after `max`.
bool end_survivors(const WorkFolder& work, const Watched& watched, Duration max);

}  // namespace aurora::executor

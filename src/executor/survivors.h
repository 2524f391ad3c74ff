// Processes that outlived the runner of their task and its parent, too, so that nobody is their parent who knows them.
// Their HOME still tells the task; its lock tells that it is over.
#pragma once

#include "aurora/base/time.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

// Ends those of all tasks of this folder that are over. True when none was left, false when some still were after
// `max`.
bool end_survivors(const WorkFolder& work, Duration max);

}  // namespace aurora::executor

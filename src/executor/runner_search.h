// Runners that live, as the kernel shows them: by their command line, for those whose checkpoint does not
// tell. A task may give its processes any command line, so only those of our own user count.
#pragma once

#include <map>
#include <optional>

#include "aurora/executor/task_files.h"
#include "aurora/os/files.h"

namespace aurora::executor {

// The pid of the task's runner: its records say it. When the first one is damaged, and there is no other yet,
// its command line does. Absent: it is not born.
std::optional<int> find_runner(const WorkFolder& work, const core::TaskId& task_id);

// Of whatever user: for a pid that the task's records say, which may be somebody else's by now.
bool is_runner(const WorkFolder& work, int pid, const core::TaskId& task_id);

// A runner whose checkpoint was deleted, moved away or replaced under it. It goes on writing to that file,
// and the lock of what is at its path now, if anything is, says nothing.
struct UntiedRunner {
  os::Fd process;
  os::Fd checkpoint;  // to read what it says
};
std::map<core::TaskId, UntiedRunner> find_untied_runners(const WorkFolder& work);
// Writes what it said to where it belongs. REQUIRES: the runner has ended.
Status tie_again(const WorkFolder& work, const core::TaskId& task_id, const os::Fd& checkpoint);

}  // namespace aurora::executor

// The supervisor of one task: a process of its own, of one thread, that outlives the executor. It is a copy
// of the nursery and sleeps in the kernel while nothing happens.
//
// Signals: SIGUSR1, SIGINT, SIGTERM kill the task (60 s), SIGUSR2 loses it at once. Exit codes: 0 the task is
// over, 101 internal error, 102 invalid task, 105 it was ended before it began.
#pragma once

#include <string>

#include "aurora/os/files.h"

namespace aurora::executor {

// Runs the task to its end and returns the exit code. <folder>/plan says what to run; `checkpoint` is open
// for appending and locked; `progress` is the executor's pipe.
int run_task(const std::string& folder, os::Fd checkpoint, os::Fd progress);

}  // namespace aurora::executor

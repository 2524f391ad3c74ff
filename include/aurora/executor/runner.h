// The supervisor of one task: a process of its own, of one thread, that outlives the executor.
//
// `aurora runner <folder>`: <folder>/plan says what to run; fd 3 is the checkpoint, open for appending and locked;
// fd 4 (if there) is the executor's pipe of progress. It needs no static initialisers of the big program, which enters
// it before they run (src/modes/runner_entry.cpp), and it sleeps in the kernel while nothing happens.
//
// Signals: SIGUSR1, SIGINT, SIGTERM kill the task (60 s), SIGUSR2 loses it at once. Exit codes: 0 the task is over,
// 101 internal error, 102 invalid task.
#pragma once

namespace aurora::executor {

int runner_main(int argc, char** argv);

}  // namespace aurora::executor

// The parent of the runners: a process of one thread and little memory that copies itself for each task,
// which costs a fraction of starting the big program again, and that outlives the executor: it stays until
// its last runner has ended. A runner that dies without having said how its task ended leaves that to its
// parent, which writes into the checkpoint what killed it, ends what it left running and its orphans.
//
// `aurora nursery <state folder> <room>`: fd 3 is the channel to the executor (src/executor/nursery_link.h),
// fd 4 its pipe of progress; `room` is space for the command lines that its children show. Needs no static
// initialisers of the big program, which enters it before they run (src/modes/nursery_entry.cpp). Exit codes:
// 0, and 101 when it was not started by an executor.
#pragma once

namespace aurora::executor {

int nursery_main(int argc, char** argv);

}  // namespace aurora::executor

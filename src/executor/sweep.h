// What a dead runner left running.
#pragma once

#include "aurora/base/time.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {

// Kills the processes that the history says are alive, with their groups, sessions and descendants, and
// completes the checkpoint: they were KILLED with `return_code` (or LOST, if they were gone), and the task ended
// as `end`.
void sweep(const CheckpointLock& checkpoint, const core::RunHistory& history, core::RunState end, Instant now,
           int32_t return_code = -1);

}  // namespace aurora::executor

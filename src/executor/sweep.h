// What a dead runner left running.
#pragma once

#include "aurora/base/time.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {

struct TaskLeftovers {
  const CheckpointLock& checkpoint;
  const core::RunHistory& history;
  std::string process_cgroup;  // empty: the task has none, or nobody knows
  int32_t return_code = -1;    // of processes that are killed here
};
// Kills who is left in the control group, and the processes that the history says are alive, with their
// groups, sessions and descendants, and completes the checkpoint: they were KILLED (or LOST, if they were
// gone), and the task ended as `end`.
void sweep(const TaskLeftovers& task, core::RunState end, Instant now);

}  // namespace aurora::executor

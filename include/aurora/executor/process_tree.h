// Every process of a task that lives now: its own and what they started, detached or not.
#pragma once

#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

struct LiveProcess {
  int pid = 0;
  int parent = 0;
  int depth = 0;        // below those whose parent is none of the task's
  std::string process;  // whose command line it is, of those that the runner started
  std::string command;  // at most 1,000 bytes
  char state = '?';     // as in /proc
  Instant started;
  double cpu_secs = 0;
  int64_t resident_bytes = 0;
  int64_t threads = 0;
};

constexpr size_t kTreeProcessesMax = 1000;

// Parents before their children, at most kTreeProcessesMax.
std::vector<LiveProcess> list_live_processes(const RunnerPlan& plan, const core::RunHistory& history);

}  // namespace aurora::executor

// A whole cluster in one terminal: a scheduler and N executors as children of this process.
#pragma once

#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora {

struct DevclusterOptions {
  std::string folder;       // everything it keeps
  int port = 8081;          // the scheduler's
  int executor_port = 1338;  // of the first executor; the others follow
  int executors = 1;
  bool keep_tasks = false;  // at the end, tasks go on running
  std::vector<std::string> scheduler_flags;  // passed on
  std::vector<std::string> executor_flags;
};

std::vector<std::string> devcluster_flags();  // their names without dashes, those that are passed on included

// Runs until SIGINT or SIGTERM; the exit code.
int run_devcluster(const DevclusterOptions& options);

}  // namespace aurora

// What the index of tasks says, compared with what follows from the records of tasks, hosts and cron jobs alone:
// computed in the plainest way, for simulation and tests.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/cluster/task_index.h"

namespace aurora::core {

// The first place where they differ.
std::optional<std::string> find_disagreement(const TaskIndex& index, const std::map<JobKey, CronJob>& cron_jobs,
                                             const ExecutorOverhead& overhead);

}  // namespace aurora::core

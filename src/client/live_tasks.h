// Tasks into which one can get: they have a sandbox and processes (spec/scheduler.md §1.10, LIVE).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/scheduler_client.h"

namespace aurora::client {

struct LiveTask {
  std::string id;
  int32_t instance = 0;
  std::string host;
  std::map<std::string, int64_t> ports;
  std::string address = {};  // of its host's executor, as the scheduler reaches it
};

// By instance. No instances: all.
Result<std::vector<LiveTask>> list_live_tasks(SchedulerClient& scheduler, const core::JobKey& job,
                                              const std::optional<std::set<int32_t>>& instances);

// {{thermos.task_id}}, {{thermos.ports[x]}} and {{mesos.instance}} become the task's; what else is in braces stays.
std::string bind_command(const std::string& command, const LiveTask& task);

// Why it ended, in one sentence, once the scheduler knows; empty: it does not say within a few seconds.
std::string find_end_of(Session& session, SchedulerClient& scheduler, const std::string& task_id);

}  // namespace aurora::client

// What lists and pages of a host show of a task without opening its files, and what an executor tells of a task to a
// scheduler that does not know it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aurora/core/task/task.h"

namespace aurora::core {

struct HostTaskSummary {
  JobKey job;
  int32_t instance_id = 0;
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  std::map<std::string, int32_t> ports;
  std::vector<std::string> gpus =
      {};  // device files that are its own while it is active; the host chooses them
  friend bool operator==(const HostTaskSummary&, const HostTaskSummary&) = default;
};
void fields(Is<HostTaskSummary> auto& s, auto&& visit) {
  visit("job", s.job);
  visit("instanceId", s.instance_id);
  visit("cpus", s.cpus);
  visit("ramMb", s.ram_mb);
  visit("diskMb", s.disk_mb);
  visit("ports", s.ports);
  visit("gpus", s.gpus);
}
HostTaskSummary summary_of(const Task& task);

}  // namespace aurora::core

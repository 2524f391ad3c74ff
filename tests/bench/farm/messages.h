// What a scheduler and its executors say to each other, as text and back, for the farm. The only file of the farm to
// change with the protocol's shapes; when something is said is core's decision (core/process/host_tasks.h).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aurora/core/process/host_tasks.h"

namespace aurora::farm {

// Orders of a scheduler. Of a configuration it reads what core keeps of a task and nothing else, once for each job: a
// host reads a few in a minute, the farm thousands in a second.
class OrderReader {
 public:
  Result<core::LaunchRequested> read_launch(std::string_view body);  // of POST /v1/launch
  Result<core::KillRequested> read_kill(std::string_view body);      // of POST /v1/kill

 private:
  const core::TaskConfigRef& config_of(const core::JobKey& job, const core::Resources& resources);

  std::map<core::JobKey, core::TaskConfigRef> configs_;
};

std::string report_target(const core::HostId& host);
std::string encode_report(const core::ReportTasks& report);
// Nothing: it was not taken.
std::optional<core::ReportTasks::Answer> read_answer(int status, std::string_view body);

// The answer to GET /v1/host.
std::string describe_host(const core::Host& host, const std::string& cluster_id);

}  // namespace aurora::farm

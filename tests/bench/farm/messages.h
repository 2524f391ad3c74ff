// What a scheduler and its executors say to each other, as text and back, for the farm. The only file of the farm to
// change with the protocol's shapes; when something is said is core's decision (core/process/host_tasks.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aurora/core/process/host_tasks.h"

namespace aurora::farm {

// Orders of a scheduler. Each configuration is decoded once, however many tasks and hosts it comes with: a host reads a
// few in a minute, the farm thousands in a second.
class OrderReader {
 public:
  Result<core::LaunchRequested> read_launch(std::string_view body);  // of POST /v1/launch
  Result<core::KillRequested> read_kill(std::string_view body);      // of POST /v1/kill

 private:
  Result<std::string> take_out_configs(std::string_view body);
  Result<int32_t> number_of(std::string_view config);

  std::unordered_map<std::string, int32_t> numbers_;  // by the configuration's text
  std::vector<core::TaskConfigRef> configs_;          // by number
};

std::string report_target(const core::HostId& host);
std::string encode_report(const core::ReportTasks& report);
// Nothing: it was not taken.
std::optional<core::ReportTasks::Answer> read_answer(int status, std::string_view body);

// The answer to GET /v1/host.
std::string describe_host(const core::Host& host, const std::string& cluster_id);

}  // namespace aurora::farm

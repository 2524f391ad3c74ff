// `job logs KEY[/INSTANCES]`: what all instances of a job write, as one text. The hosts of the tasks are asked themselves
// (POST /v1/logs:read of the executors, src/api/many_logs_route.cpp), each by a thread of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

inline constexpr size_t kLogInstancesMax = 1'000;  // at once
inline constexpr size_t kLogHostsMax = 200;

struct JobLogsOptions {
  std::string key = {};  // with instances: those
  bool follows = false;
  std::vector<std::string> processes = {};  // empty: all
  bool is_stdout = false;              // only; both or neither: both
  bool is_stderr = false;
  std::string since = {};            // 10m, 2h, or a moment
  std::optional<int64_t> tail = {};  // the last so many lines of each instance
  std::string grep = {};             // an extended regular expression
  bool ignores_case = false;
  bool has_times = false;
  bool is_json = false;  // an object a line
};
// 0: all was printed; 6: no such job or instance, or too many; 7: a host did not answer, so some logs are missing.
int job_logs(Session& session, const JobLogsOptions& options);

}  // namespace aurora::client

// What an executor answers to POST /v1/logs:read: see src/api/many_logs_route.cpp. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::client {

struct LogPiece {
  std::string task_id = {};
  std::string process = {};
  bool is_error = false;             // stderr
  std::optional<int64_t> time_ms = {};    // by when it was written
  bool has_lost = false;             // lines before it were rotated away before they were read
  std::string text = {};                  // whole lines, each with its line feed
};
struct LogState {
  std::string task_id = {};
  std::string cursor = {};
  std::optional<int64_t> seen = {};
  int64_t processes = 0;  // that the question chooses
  bool has_more = false;
  bool has_ended = false;
  std::optional<Error> error = {};  // instead of all this
};
struct LogAnswer {
  std::vector<LogPiece> pieces = {};  // in the order in which they came: by time within a task
  std::vector<LogState> states = {};
  int64_t now_ms = 0;
};
// DataLoss: it is cut off, or none.
Result<LogAnswer> parse_log_answer(std::string_view body);

}  // namespace aurora::client

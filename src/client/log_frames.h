// What an executor answers to POST /v1/logs:read: see src/api/many_logs_route.cpp. Pure.
#pragma once

#include <cstdint>
#include <functional>
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
// What is new of one task: pieces in the order in which they came, which is by time, and where it stands behind them.
struct LogNews {
  std::vector<LogPiece> pieces = {};
  LogState state = {};
};

// Reads an answer as it arrives, and keeps of it what belongs to the task that is just told of.
class LogAnswerReader {
 public:
  explicit LogAnswerReader(std::function<void(LogNews)> take) : take_(std::move(take)) {}

  // DataLoss: this is none.
  Status add(std::string_view bytes);
  // Its end: the host's clock. DataLoss: it was cut off; what was taken of it is good.
  Result<int64_t> finish() const;

 private:
  size_t add_to_head(std::string_view bytes);
  size_t add_to_text(std::string_view bytes);
  Status take_head();

  std::function<void(LogNews)> take_;
  std::vector<LogPiece> pieces_;  // of which the task's state is not there yet
  std::string head_;              // the line that is being read
  size_t text_left_ = 0;          // of the last piece
  int64_t now_ms_ = 0;
};

}  // namespace aurora::client

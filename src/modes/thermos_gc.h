// Which tasks `aurora thermos gc` deletes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora {

struct GcTask {
  std::string task_id;
  Duration age;
  int64_t metadata_bytes = 0;
  int64_t log_bytes = 0;
  int64_t data_bytes = 0;
};
struct GcPolicy {
  std::optional<Duration> age_max = {};
  std::optional<int64_t> bytes_max = {};
  std::optional<int64_t> tasks_max = {};
  bool counts_metadata = false;  // among the bytes: what stays does not count
  bool counts_logs = false;
};
struct GcChoice {
  std::vector<size_t> tasks;  // by position
  size_t after_age = 0;       // how many had been chosen after each filter
  size_t after_size = 0;
  size_t after_count = 0;
};
// Those too old; then, so that the newest stay, those beyond the bytes and those beyond the number.
GcChoice choose_garbage(const std::vector<GcTask>& tasks, const GcPolicy& policy);

Result<Duration> parse_age(const std::string& text);   // "2d5h", "7200s"
Result<int64_t> parse_space(const std::string& text);  // "20G", "512MB", in bytes

}  // namespace aurora

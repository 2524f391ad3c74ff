// Where a reading of several logs stands: "0.0.o.1f3a.4096,0.0.e.77b.0", for each the process (its place in
// the plan), the run, the stream, the file and the offset in it. Given to users and taken back from them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aurora/executor/log_reader.h"

namespace aurora::executor {

struct LogKey {
  uint32_t process = 0;
  int32_t run = 0;
  LogStream stream = LogStream::Stdout;
  friend auto operator<=>(const LogKey&, const LogKey&) = default;
};
struct LogMarker {
  uint64_t file = 0;
  int64_t offset = 0;
  friend bool operator==(const LogMarker&, const LogMarker&) = default;
};
using LogCursor = std::map<LogKey, LogMarker>;

std::string encode_cursor(const LogCursor& cursor);
// Nothing: it is none, or has more than kLogsMax.
std::optional<LogCursor> parse_cursor(std::string_view text);

}  // namespace aurora::executor

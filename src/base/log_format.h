// The text of one log line, apart from where and when it is written.
#pragma once

#include <string>
#include <string_view>

#include "aurora/base/log.h"
#include "aurora/base/time.h"

namespace aurora {

// With its line feed. Those and control characters within `text` are escaped: what others wrote forges no line.
std::string format_log_line(LogFormat format, LogLevel level, Instant at, std::string_view area,
                            std::string_view text);

}  // namespace aurora

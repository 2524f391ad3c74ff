// One line per fact, to stderr: `I1122 13:45:04.123 scheduler: text` or one JSON object per line.
// Thread-safe. The process chooses format and level once, at start.
#pragma once

#include <string_view>

namespace aurora {

enum class LogLevel { Debug, Info, Warning, Error };
enum class LogFormat { Text, Json };

void configure_log(LogFormat format, LogLevel lowest);
// `area` is the layer or mode that speaks, e.g. "scheduler".
void log_line(LogLevel level, std::string_view area, std::string_view text);

inline void log_debug(std::string_view area, std::string_view text) { log_line(LogLevel::Debug, area, text); }
inline void log_info(std::string_view area, std::string_view text) { log_line(LogLevel::Info, area, text); }
inline void log_warning(std::string_view area, std::string_view text) { log_line(LogLevel::Warning, area, text); }
inline void log_error(std::string_view area, std::string_view text) { log_line(LogLevel::Error, area, text); }

}  // namespace aurora

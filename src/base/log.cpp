#include "aurora/base/log.h"

#include <atomic>
#include <cstdio>

#include "aurora/base/clock.h"
#include "aurora/base/printable.h"
#include "base/log_format.h"

namespace aurora {
namespace {

std::atomic<LogFormat> chosen_format{LogFormat::Text};
std::atomic<LogLevel> lowest_level{LogLevel::Info};

char letter(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return 'D';
    case LogLevel::Info:
      return 'I';
    case LogLevel::Warning:
      return 'W';
    case LogLevel::Error:
      return 'E';
  }
  return '?';
}

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  return "?";
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : utf8_only(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string format_log_line(LogFormat format, LogLevel level, Instant at, std::string_view area,
                            std::string_view text) {
  const std::string iso = to_iso8601(at);
  std::string line;
  line.reserve(text.size() + 64);
  if (format == LogFormat::Text) {
    line += letter(level);
    line.append(iso, 5, 2).append(iso, 8, 2).append(1, ' ').append(iso, 11, 12).append(1, ' ');
    line.append(area).append(": ").append(printable_line(text));
  } else {
    line.append(R"({"time":")")
        .append(iso)
        .append(R"(","level":")")
        .append(name(level))
        .append(R"(","area":)");
    append_quoted(line, area);
    line += R"(,"text":)";
    append_quoted(line, text);
    line += '}';
  }
  line += '\n';
  return line;
}

void configure_log(LogFormat format, LogLevel lowest) {
  chosen_format = format;
  lowest_level = lowest;
}

void log_line(LogLevel level, std::string_view area, std::string_view text) {
  if (level < lowest_level.load(std::memory_order_relaxed)) return;
  const std::string line = format_log_line(chosen_format, level, SystemClock().now(), area, text);
  std::fwrite(line.data(), 1, line.size(), stderr);  // one call, so that lines of threads do not mix
}

}  // namespace aurora

#include "client/log_printer.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "aurora/base/printable.h"
#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

constexpr size_t kAtOnce = 512u << 10;
constexpr size_t kLongLine = 64u << 10;
constexpr size_t kPortion = 8u << 10;
constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kErrorColour = "\033[31m";
// Neighbouring instances differ.
constexpr std::string_view kColours[] = {"\033[36m", "\033[33m", "\033[32m", "\033[35m", "\033[34m", "\033[96m"};

// The length of a colour at the beginning: ESC [ numbers and semicolons m.
size_t colour_length(std::string_view text) {
  if (!text.starts_with("\033[")) return 0;
  const size_t end = text.find_first_not_of("0123456789;", 2);
  constexpr size_t kLongest = 32;
  return end != std::string_view::npos && text[end] == 'm' && end < kLongest ? end + 1 : 0;
}

}  // namespace

std::string terminal_line(std::string_view line, bool keeps_colours) {
  std::string safe;
  bool has_colour = false;
  while (!line.empty()) {
    const size_t escape = line.find("\033[");
    safe += printable(line.substr(0, escape));
    if (escape == std::string_view::npos) break;
    line.remove_prefix(escape);
    const size_t length = colour_length(line);
    if (length == 0) {
      safe += printable(line.substr(0, 1));
      line.remove_prefix(1);
      continue;
    }
    if (keeps_colours) safe += line.substr(0, length);
    has_colour = has_colour || keeps_colours;
    line.remove_prefix(length);
  }
  if (has_colour) safe += kPlain;
  return safe;
}

struct LogPrinter::Pattern {
  re2::RE2 compiled;
  bool is_in(std::string_view line) const { return re2::RE2::PartialMatch({line.data(), line.size()}, compiled); }
};

Result<LogPrinter> LogPrinter::make(Console& console, const LogStyle& style) {
  if (style.grep.empty()) return LogPrinter(console, style, nullptr);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!style.ignores_case);
  auto pattern = std::unique_ptr<Pattern>(new Pattern{{style.grep, options}});
  if (!pattern->compiled.ok()) {
    return Error{ErrorCode::InvalidArgument, "--grep " + printable_line(style.grep) + ": " + printable_line(pattern->compiled.error()) +
                                                 "; it takes a regular expression of RE2: as of grep -E, with \\d, \\w, \\s and \\b, too"};
  }
  return LogPrinter(console, style, std::move(pattern));
}

LogPrinter::LogPrinter(Console& console, const LogStyle& style, std::unique_ptr<Pattern> pattern)
    : console_(&console), style_(style), pattern_(std::move(pattern)) {}
LogPrinter::~LogPrinter() = default;
LogPrinter::LogPrinter(LogPrinter&&) noexcept = default;

std::string LogPrinter::prefix_of(int32_t instance, const LogPiece& piece, bool names_process) const {
  std::string prefix = "[" + std::to_string(instance) + (names_process ? " " + printable_line(piece.process) : "") + "] ";
  if (console_->config().has_colour_out)
    prefix = std::string(kColours[static_cast<size_t>(instance) % std::size(kColours)]) + prefix + std::string(kPlain);
  if (style_.has_times) prefix = (piece.time_ms ? to_iso8601(Instant{*piece.time_ms}) : std::string("-")) + " " + prefix;
  return prefix;
}

char* LogPrinter::room_for(size_t bytes) {
  if (out_.size() - used_ < bytes) out_.resize(std::max(used_ + bytes, kAtOnce + kLongLine));
  return out_.data() + used_;
}

void LogPrinter::append(std::string_view text) {
  std::memcpy(room_for(text.size()), text.data(), text.size());
  used_ += text.size();
}

void LogPrinter::print_json(int32_t instance, const LogPiece& piece, std::string_view line) {
  codec::JsonObject object;
  object.add("instance", instance).add("taskId", piece.task_id).add("process", piece.process);
  object.add("stream", piece.is_error ? "stderr" : "stdout").add("timeMs", piece.time_ms).add("text", utf8_only(line));
  append(std::move(object).text() + "\n");
}

void LogPrinter::print_line(std::string_view prefix, const LogPiece& piece, std::string_view line) {
  const ConsoleConfig& config = console_->config();
  if (!config.is_terminal_out) {
    char* const begin = room_for(prefix.size() + line.size() + 1);
    std::memcpy(begin, prefix.data(), prefix.size());
    std::memcpy(begin + prefix.size(), line.data(), line.size());
    begin[prefix.size() + line.size()] = '\n';
    used_ += prefix.size() + line.size() + 1;
    return;
  }
  const bool is_marked = piece.is_error && config.has_colour_out;
  append(prefix);
  if (is_marked) append(kErrorColour);
  append(terminal_line(line, config.has_colour_out));
  if (is_marked) append(kPlain);
  append("\n");
}

// Ten million lines of a gigabyte: nothing is looked at but their ends.
void LogPrinter::append_lines(std::string_view prefix, std::string_view lines) {
  while (!lines.empty()) {
    const size_t last_feed = lines.substr(0, kPortion).rfind('\n');
    const std::string_view portion = lines.substr(0, last_feed == std::string_view::npos ? lines.find('\n', kPortion) : last_feed);
    lines.remove_prefix(std::min(lines.size(), portion.size() + 1));
    const size_t most = portion.size() + 1;  // of lines
    char* out = room_for(portion.size() + most * (prefix.size() + 1));
    const char* at = portion.data();
    for (const char* const end = at + portion.size(); at <= end;) {
      const void* feed = std::memchr(at, '\n', static_cast<size_t>(end - at));
      const auto size = static_cast<size_t>((feed == nullptr ? end : static_cast<const char*>(feed)) - at);
      out = std::copy(prefix.begin(), prefix.end(), out);
      out = std::copy(at, at + size, out);
      *out++ = '\n';
      at += size + 1;
    }
    used_ = static_cast<size_t>(out - out_.data());
    if (used_ >= kAtOnce) flush();
  }
}

void LogPrinter::print(int32_t instance, const LogPiece& piece, bool names_process) {
  const std::string prefix = style_.is_json ? "" : prefix_of(instance, piece, names_process);
  if (!pattern_ && !style_.is_json && !console_->config().is_terminal_out) return append_lines(prefix, piece.text);
  std::string_view left = piece.text;
  while (!left.empty()) {
    const void* feed = std::memchr(left.data(), '\n', left.size());
    const size_t end = feed == nullptr ? left.size() : static_cast<size_t>(static_cast<const char*>(feed) - left.data());
    const std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(left.size(), end + 1));
    if (pattern_ && !pattern_->is_in(line)) continue;
    style_.is_json ? print_json(instance, piece, line) : print_line(prefix, piece, line);
    if (used_ >= kAtOnce) flush();
  }
}

void LogPrinter::flush() {
  if (used_ > 0) write_bytes({out_.data(), used_});
  used_ = 0;
}

}  // namespace aurora::client

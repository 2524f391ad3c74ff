// Lines of many instances as they are printed: each behind its instance, `[3] text`, and its process where there are
// several, `[3 web] text`. Into a pipe the text goes byte for byte; on a terminal what could command it is made visible,
// except for the colours that the lines bring along. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "aurora/client/console.h"
#include "client/log_frames.h"

namespace aurora::client {

struct LogStyle {
  std::string grep = {};  // empty: all lines
  bool ignores_case = false;
  bool has_times = false;
  bool is_json = false;
};

class LogPrinter {
 public:
  // InvalidArgument: `grep` is no regular expression.
  static Result<LogPrinter> make(Console& console, const LogStyle& style);
  ~LogPrinter();
  LogPrinter(LogPrinter&&) noexcept;

  // `names_process`: there are several.
  void print(int32_t instance, const LogPiece& piece, bool names_process);
  void flush();

 private:
  struct Pattern;
  LogPrinter(Console& console, const LogStyle& style, std::unique_ptr<Pattern> pattern);
  std::string prefix_of(int32_t instance, const LogPiece& piece, bool names_process) const;
  void print_json(int32_t instance, const LogPiece& piece, std::string_view line);
  void append_lines(std::string_view prefix, std::string_view lines);
  void print_line(std::string_view prefix, const LogPiece& piece, std::string_view line);

  char* room_for(size_t bytes);  // behind what is in out_
  void append(std::string_view text);

  Console* console_;
  LogStyle style_;
  std::unique_ptr<Pattern> pattern_;
  std::string out_;  // its first used_ bytes: it is not filled anew for each
  size_t used_ = 0;
};

// A line for a terminal: without what could command it; `keeps_colours`: those stay, and end with the line.
std::string terminal_line(std::string_view line, bool keeps_colours);

}  // namespace aurora::client

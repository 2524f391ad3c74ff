// What the user sees: results on stdout, log lines `LEVEL] text` and error sentences on stderr, and on a terminal one
// line that shows how far a long wait has come (spec/client.md §2.1). Nothing that passes here can command the terminal
// (base/printable.h). One thread.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace aurora::client {

enum class Severity { Debug, Info, Warning, Error, Fatal };

struct ConsoleConfig {
  Severity lowest = Severity::Info;
  bool is_quiet = false;        // no log line at all, not even a fatal one
  bool is_terminal = false;     // stderr is one: progress may be drawn
  bool is_terminal_out = false;  // stdout is one: for people, not for scripts
  bool has_colour = false;
  bool has_colour_out = false;
  int columns = 80;      // of stderr
  int columns_out = 80;
};

// How a line stands out on a terminal with colours; nothing anywhere else.
enum class Tone { Plain, Good, Attention, Bad, Faint, Added, Removed, Place };

class Console {
 public:
  Console(std::ostream& out, std::ostream& err, ConsoleConfig config);
  ~Console();  // removes the progress line
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void configure(ConsoleConfig config) { config_ = config; }
  const ConsoleConfig& config() const { return config_; }

  void log(Severity severity, std::string_view text);
  void info(std::string_view text) { log(Severity::Info, text); }
  void print(std::string_view line);        // stdout, with a newline
  void print(Tone tone, std::string_view line);
  void write(std::string_view text);        // stdout, without a newline
  void print_error(std::string_view line);  // stderr, without a level

  // Draws `label [####....] done/total`; nothing unless stderr is a terminal. Later output moves it down.
  void show_progress(std::string_view label, int64_t done, int64_t total);
  void clear_progress();

 private:
  void erase_line();

  std::ostream& out_;
  std::ostream& err_;
  ConsoleConfig config_;
  std::string progress_;  // as drawn; empty: none
};

// Standard output beside a console, for what is made of bytes of others, or draws.
// As they are. REQUIRES: made safe, or standard output is no terminal.
void write_bytes(std::string_view bytes);
std::string_view colour_of(Tone tone);  // the escape sequence; empty for Plain

}  // namespace aurora::client

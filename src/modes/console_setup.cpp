#include "modes/console_setup.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace aurora {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int columns_of(int terminal, int otherwise) {
  winsize size{};
  return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : otherwise;
}

}  // namespace

client::ConsoleConfig console_config(bool is_quiet, bool is_verbose) {
  client::ConsoleConfig config;
  const std::string_view terminal = variable("TERM");
  config.is_terminal_out = isatty(STDOUT_FILENO) == 1;
  config.is_terminal = isatty(STDERR_FILENO) == 1 && !terminal.empty() && terminal != "dumb";
  const bool may_colour = !terminal.empty() && terminal != "dumb" && variable("NO_COLOR").empty();
  config.has_colour = config.is_terminal && may_colour;
  config.has_colour_out = config.is_terminal_out && may_colour;
  config.is_quiet = is_quiet;
  config.lowest = is_verbose ? client::Severity::Debug : client::Severity::Info;
  config.columns = columns_of(STDERR_FILENO, config.columns);
  config.columns_out = columns_of(STDOUT_FILENO, config.columns_out);
  return config;
}

}  // namespace aurora

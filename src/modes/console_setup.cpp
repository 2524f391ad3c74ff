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

}  // namespace

client::ConsoleConfig console_config(bool is_quiet, bool is_verbose) {
  client::ConsoleConfig config;
  const std::string_view terminal = variable("TERM");
  config.is_terminal_out = isatty(STDOUT_FILENO) == 1;
  config.is_terminal = isatty(STDERR_FILENO) == 1 && !terminal.empty() && terminal != "dumb";
  config.has_colour = config.is_terminal && variable("NO_COLOR").empty();
  config.is_quiet = is_quiet;
  config.lowest = is_verbose ? client::Severity::Debug : client::Severity::Info;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) config.columns = size.ws_col;
  return config;
}

}  // namespace aurora

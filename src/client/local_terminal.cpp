#include "client/local_terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <utility>

namespace aurora::client {
namespace {

constexpr int kHandled[] = {SIGWINCH, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr int kFaults[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// What signal handlers use; set before they are installed.
int raw_descriptor = -1;
termios saved_modes{};
int signal_pipe[2] = {-1, -1};
std::map<int, struct sigaction> earlier_actions;  // not for handlers

void note_signal(int number) {
  const int error = errno;
  const char byte = static_cast<char>(number);
  if (write(signal_pipe[1], &byte, 1) < 0) errno = error;  // full: there is enough to see to
  errno = error;
}

void restore_and_die(int number) {
  tcsetattr(raw_descriptor, TCSANOW, &saved_modes);
  raise(number);  // the default action is set again
}

void install(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, &earlier_actions[number]);
}

}  // namespace

std::unique_ptr<LocalTerminal> LocalTerminal::find(int descriptor) {
  if (isatty(descriptor) != 1 || tcgetattr(descriptor, &saved_modes) != 0) return nullptr;
  if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return nullptr;
  return std::unique_ptr<LocalTerminal>(new LocalTerminal(descriptor));
}

LocalTerminal::~LocalTerminal() {
  restore();
  for (int& end : signal_pipe) close(std::exchange(end, -1));
}

TerminalSize LocalTerminal::size() const {
  TerminalSize size;
  winsize window{};
  if (ioctl(descriptor_, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return size;
  size.rows = window.ws_row;
  size.columns = window.ws_col;
  return size;
}

void LocalTerminal::make_raw() {
  if (!is_raw_) {
    raw_descriptor = descriptor_;
    for (const int number : kHandled) install(number, note_signal, 0);
    for (const int number : kFaults) install(number, restore_and_die, static_cast<int>(SA_RESETHAND | SA_NODEFER));
    is_raw_ = true;
  }
  termios raw = saved_modes;
  cfmakeraw(&raw);
  tcsetattr(descriptor_, TCSADRAIN, &raw);
}

void LocalTerminal::restore() {
  if (!std::exchange(is_raw_, false)) return;
  tcsetattr(descriptor_, TCSADRAIN, &saved_modes);
  for (const auto& [number, action] : earlier_actions) sigaction(number, &action, nullptr);
  earlier_actions.clear();
}

int LocalTerminal::signals() const { return signal_pipe[0]; }

std::vector<int> LocalTerminal::take_signals() {
  char bytes[64];
  const ssize_t count = read(signal_pipe[0], bytes, sizeof bytes);
  return {bytes, bytes + std::max<ssize_t>(count, 0)};
}

std::string TypedText::take(std::string_view typed) {
  std::string passed;
  for (const char c : typed) {
    if (asks_for_end_) break;
    if (std::exchange(has_tilde_, false)) {
      asks_for_end_ = c == '.';
      if (asks_for_end_) break;
      passed += '~';
      begins_line_ = false;
      if (c == '~') continue;
    } else if (begins_line_ && c == '~') {
      has_tilde_ = true;
      continue;
    }
    passed += c;
    begins_line_ = c == '\r' || c == '\n';
  }
  return passed;
}

}  // namespace aurora::client

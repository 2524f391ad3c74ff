// The terminal at which somebody sits, while all that he types goes to a command elsewhere: it is raw, so that ^C is a
// character, and becomes what it was on every way out, by signals and faults, too. One at a time; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/exec_call.h"

namespace aurora::client {

class LocalTerminal {
 public:
  // nullptr: `descriptor` is no terminal.
  static std::unique_ptr<LocalTerminal> find(int descriptor);
  ~LocalTerminal();  // makes it what it was
  LocalTerminal(const LocalTerminal&) = delete;
  LocalTerminal& operator=(const LocalTerminal&) = delete;

  TerminalSize size() const;
  void make_raw();
  void restore();

  int signals() const;             // readable once a signal has come while it is raw
  std::vector<int> take_signals();  // SIGWINCH, SIGCONT, and those that ask for the end

 private:
  explicit LocalTerminal(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
  bool is_raw_ = false;
};

// What is typed, on its way: after a line feed `~.` ends the connection, as ssh has it, and `~~` is a tilde. Pure.
class TypedText {
 public:
  // What is for the command; nothing of what follows `~.` is.
  std::string take(std::string_view typed);
  bool asks_for_end() const { return asks_for_end_; }

 private:
  bool begins_line_ = true;
  bool has_tilde_ = false;
  bool asks_for_end_ = false;
};

}  // namespace aurora::client

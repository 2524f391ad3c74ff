// Lines at the bottom of a terminal that are drawn again and again in place: what was drawn last is erased first. Text that
// is to stay is printed between erase() and draw(). One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aurora/client/session.h"
#include "client/local_terminal.h"

namespace aurora::client {

class LiveScreen {
 public:
  explicit LiveScreen(Session& session);
  ~LiveScreen();

  // Standard output is a terminal on which one can draw.
  bool is_live() const { return is_live_; }
  TerminalSize size() const;  // as it is now

  // Lines that are no wider than the terminal (colours aside), and fewer than it has. REQUIRES: is_live()
  void draw(const std::vector<std::string>& lines);
  void erase();

 private:
  const Console& console_;
  const bool is_live_;
  const std::unique_ptr<LocalTerminal> terminal_;
  size_t drawn_ = 0;  // lines
  TerminalSize drawn_for_;
};

// A line in the colour of its tone, cut to the width; plain where there are no colours.
std::string coloured(const Console& console, Tone tone, const std::string& text, size_t width);

}  // namespace aurora::client

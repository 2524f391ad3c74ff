#include "client/live_screen.h"

#include <unistd.h>

#include "aurora/base/printable.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

bool can_draw(Session& session) {
  const std::string terminal = session.world().variable("TERM").value_or("");
  return session.console().config().is_terminal_out && !terminal.empty() && terminal != "dumb";
}

}  // namespace

LiveScreen::LiveScreen(Session& session)
    : console_(session.console()), is_live_(can_draw(session)), terminal_(LocalTerminal::find(STDOUT_FILENO)) {}
LiveScreen::~LiveScreen() = default;

TerminalSize LiveScreen::size() const {
  if (terminal_ != nullptr) return terminal_->size();
  return {.rows = 24, .columns = console_.config().columns_out};
}

void LiveScreen::draw(const std::vector<std::string>& lines) {
  erase();
  std::string out;
  for (const std::string& line : lines) out += line + "\033[K\n";
  write_bytes(out);
  drawn_ = lines.size();
  drawn_for_ = size();
}

// After a change of the width nobody knows how many lines the terminal has made of those: then all goes.
void LiveScreen::erase() {
  if (drawn_ == 0) return;
  const bool is_same = drawn_for_.columns == size().columns;
  write_bytes(is_same ? "\033[" + std::to_string(drawn_) + "A\r\033[J" : std::string("\033[2J\033[H"));
  drawn_ = 0;
}

std::string coloured(const Console& console, Tone tone, const std::string& text, size_t width) {
  const std::string shown = cut(printable_line(text), width);
  const std::string_view colour = console.config().has_colour_out ? colour_of(tone) : std::string_view();
  return colour.empty() ? shown : std::string(colour) + shown + "\033[0m";
}

}  // namespace aurora::client

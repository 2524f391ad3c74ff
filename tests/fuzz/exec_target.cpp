// What a client of a command in a sandbox says.
#include "api/exec_protocol.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

constexpr size_t kCloseReasonMax = 123;

void control(std::string_view text) {
  const Result<api::ExecControl> control = api::parse_exec_control(text);
  if (!control.ok()) {
    const std::string& why = control.error().message;
    return promise(!why.empty() && why.size() <= kCloseReasonMax, "what is wrong fits into a close frame");
  }
  promise(control->resize.has_value() + control->signal.has_value() + control->close_stdin.has_value() +
                  control->pause.has_value() == 1,
          "a message asks for one thing");
  if (!control->resize) return;
  promise(control->resize->rows >= 1 && control->resize->rows <= 10'000 && control->resize->columns >= 1 &&
              control->resize->columns <= 10'000,
          "a terminal has a size");
}

// Lines of NAME=VALUE.
void query(std::string_view text) {
  net::Request request;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const size_t equals = std::min(line.find('='), line.size());
    request.query.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    at = end + 1;
  }
  const Result<executor::ExecRequest> parsed = api::parse_exec_request(request);
  if (!parsed.ok()) return promise(!parsed.error().message.empty(), "a refusal has a reason");
  promise(parsed->command.size() == request.query.count("command"), "every word arrives");
  for (const std::string& word : parsed->command)
    promise(word.find('\0') == std::string::npos, "a word is one for a program");
  promise(!parsed->terminal_type.empty(), "a terminal has a kind");
}

}  // namespace

void exec_control(std::string_view input) {
  if (input.empty()) return;
  return input[0] % 2 == 0 ? control(input.substr(1)) : query(input.substr(1));
}

}  // namespace aurora::fuzz

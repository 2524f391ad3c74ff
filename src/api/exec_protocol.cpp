#include "api/exec_protocol.h"

#include <algorithm>

#include "api/handler.h"
#include "aurora/base/printable.h"
#include "aurora/codec/json_fields.h"
#include "aurora/net/secret.h"

namespace aurora::api {
namespace {

constexpr int64_t kWindowMax = 10'000;
constexpr size_t kControlMax = 1024;  // bytes of a message

Status check_window(int64_t rows, int64_t columns) {
  if (rows >= 1 && rows <= kWindowMax && columns >= 1 && columns <= kWindowMax) return Unit{};
  return Error{ErrorCode::InvalidArgument, "A terminal has 1 to 10000 rows and columns"};
}

bool is_terminal_type(const std::string& name) {
  constexpr size_t kNameMax = 64;
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
  return !name.empty() && name.size() <= kNameMax && name.find_first_not_of(kPlain) == std::string::npos;
}

Result<std::vector<std::string>> command_of(const net::Request& request) {
  std::vector<std::string> words;
  const auto [first, last] = request.query.equal_range("command");
  for (auto it = first; it != last; ++it) words.push_back(it->second);
  if (!words.empty() && words.front().empty())
    return Error{ErrorCode::InvalidArgument, "The first 'command' is empty; it names the program, or leave it out for a shell"};
  const bool has_nul = std::ranges::any_of(words, [](const auto& word) { return word.find('\0') != std::string::npos; });
  if (has_nul) return Error{ErrorCode::InvalidArgument, "A 'command' holds a NUL character, which no program can be given"};
  return words;
}

}  // namespace

Result<executor::ExecRequest> parse_exec_request(const net::Request& request) {
  TRY(check_query(request, {"command", "terminal", "rows", "columns", "term"}));
  executor::ExecRequest parsed;
  parsed.command = TRY(command_of(request));
  const int64_t rows = TRY(find_int(request, "rows")).value_or(24);
  const int64_t columns = TRY(find_int(request, "columns")).value_or(80);
  TRY(check_window(rows, columns));
  if (TRY(find_bool(request, "terminal")).value_or(parsed.command.empty())) {
    parsed.terminal.emplace();
    parsed.terminal->rows = static_cast<int>(rows);
    parsed.terminal->columns = static_cast<int>(columns);
  }
  const std::string type = request.find_query("term").value_or("");
  if (!type.empty() && !is_terminal_type(type)) {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter 'term' is no name of a terminal like xterm-256color: letters, digits and - _ . +, at most 64"};
  }
  if (!type.empty()) parsed.terminal_type = type;
  return parsed;
}

Result<ExecControl> parse_exec_control(std::string_view text) {
  const Error none{ErrorCode::InvalidArgument,
                   R"(Control is one of {"resize":{"rows":24,"columns":80}}, {"signal":"INT"}, {"closeStdin":true}, {"pause":true})"};
  if (text.size() > kControlMax) return none;
  Result<ExecControl> control = codec::decode_json<ExecControl>(text);
  if (!control.ok()) return none;
  const int asked = control->resize.has_value() + control->signal.has_value() + control->close_stdin.has_value() +
                    control->pause.has_value();
  if (asked != 1) return none;
  if (control->close_stdin && !*control->close_stdin) return none;
  if (control->resize) TRY(check_window(control->resize->rows, control->resize->columns));
  return control;
}

std::string encode_exit(const executor::ExecEnd& end) {
  codec::JsonObject exit;
  exit.add("code", end.exit_code).add("signal", end.signal);
  codec::JsonObject message;
  message.add_raw("exit", exit.text());
  if (!end.reason.empty()) message.add("reason", end.reason);
  return message.text();
}

std::string requester_of(const net::Request& request) {
  constexpr size_t kNameMax = 100;
  const auto shown = [](const std::string& text) { return printable_line(text.substr(0, kNameMax)); };
  const std::string user = net::user_of_basic(request);
  std::string requester = (user.empty() ? "somebody" : shown(user)) + " at " + request.remote_address;
  const auto passed_on = request.headers.find("x-aurora-requester");
  if (passed_on != request.headers.end()) requester += ", for " + shown(passed_on->second);
  return requester;
}

}  // namespace aurora::api

// What a client and a host say to each other about a command in a task's sandbox. Pure.
//
// The request names the task and, in its query, what to run:
//   command=WORD     repeated: the words of the command, searched on the task's PATH; none: a shell
//   terminal=BOOL    with a terminal or without; left out: with one for a shell only
//   rows=N columns=N of the terminal; 24 and 80 if left out
//   term=NAME        its kind, TERM; xterm-256color if left out
//
// Then every message is binary; its first byte is the number of a stream (net/web_sockets.h):
//   0  client to host: input, as typed or piped
//   1  host to client: what the command writes, to stdout or to its terminal
//   2  host to client: stderr, without a terminal
//   3  control, one JSON object a message.
//      Client to host, one member each: {"resize":{"rows":24,"columns":80}}, {"signal":"INT"} - to those who
//      read from the terminal now, or to the command's process group -, {"closeStdin":true}, {"pause":true}:
//      no more output until {"pause":false}, for a client that cannot leave unread what it has asked for. It ends
//      by itself when 64 KiB of input wait: what stands behind them is not heard.
//      Host to client, the last message: {"exit":{"code":0}} or {"exit":{"signal":"KILL"}}, with
//      "reason":"its task has ended" when it was ended. Then the host closes (1000).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aurora/base/fields.h"
#include "aurora/executor/execs.h"
#include "aurora/net/http.h"

namespace aurora::api {

// `task_id` and `who` are the caller's to set.
Result<executor::ExecRequest> parse_exec_request(const net::Request& request);

struct ExecWindow {
  int32_t rows = 0;
  int32_t columns = 0;
};
void fields(Is<ExecWindow> auto& w, auto&& visit) {
  visit("rows", w.rows);
  visit("columns", w.columns);
}
struct ExecControl {  // exactly one of
  std::optional<ExecWindow> resize;
  std::optional<std::string> signal;
  std::optional<bool> close_stdin;
  std::optional<bool> pause;
};
void fields(Is<ExecControl> auto& c, auto&& visit) {
  visit("resize", c.resize);
  visit("signal", c.signal);
  visit("closeStdin", c.close_stdin);
  visit("pause", c.pause);
}
// Errors fit into the reason of a close frame.
Result<ExecControl> parse_exec_control(std::string_view text);

std::string encode_exit(const executor::ExecEnd& end);

// Who asks: the user of Basic, if there is one, and where he is. Of a scheduler that passes it on: for whom.
std::string requester_of(const net::Request& request);
inline constexpr const char* kRequesterHeader = "X-Aurora-Requester";

}  // namespace aurora::api

// One command that runs in the sandbox of a task, at the other end of a WebSocket of the scheduler. What is said over it:
// src/api/exec_protocol.h. One thread; never waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/net/web_socket_client.h"
#include "client/scheduler_client.h"

namespace aurora::client {

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};

struct ExecWish {
  std::vector<std::string> words = {};        // the command's; none: a shell
  std::optional<TerminalSize> terminal = {};  // absent: none
  std::string terminal_type = {};             // $TERM; left out unless the host can take it for a name
};
// Below the scheduler's address.
std::string exec_path(const core::JobKey& job, int32_t instance, const ExecWish& wish);

// A line for a shell as words: bash where there is one, else sh.
std::vector<std::string> shell_words(const std::string& line);

struct ExecEnd {
  int code = 0;        // 128 and the number after a signal, as shells have it
  std::string reason = {};  // it was ended, because; empty: it ended by itself
};

class ExecCall {
 public:
  static Result<ExecCall> begin(net::WebSocketClients& sockets, SchedulerClient& scheduler, const core::JobKey& job,
                                int32_t instance, const ExecWish& wish);

  bool has_begun() const { return socket_->is_open(); }
  bool is_unanswered() const { return is_unanswered_; }  // it has ended, and the scheduler has said nothing at all
  struct Output {
    bool is_error = false;  // stderr
    std::string bytes = {};
  };
  std::optional<Output> take();  // the next that has come
  // Once all output was taken: how the command ended; an error if the connection was refused or broke before.
  std::optional<Result<ExecEnd>> find_end();

  void write(std::string_view bytes);
  void close_input();
  void resize(TerminalSize size);
  void pause(bool is_paused);  // no more output until it goes on
  bool has_room() const;       // for more input; else much is still unsent

 private:
  ExecCall(std::unique_ptr<net::WebSocketClient> socket, std::string url) : socket_(std::move(socket)), url_(std::move(url)) {}
  void control(const std::string& json);
  void take_control(std::string_view json);

  std::unique_ptr<net::WebSocketClient> socket_;
  std::string url_;  // without the query
  bool is_unanswered_ = false;
  std::optional<Result<ExecEnd>> end_;
};

}  // namespace aurora::client

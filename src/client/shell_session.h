// A command elsewhere on this process's own streams: what is read here goes there, what it writes is written here. Nothing is
// read from a side while the other has not taken enough. One thread.
#pragma once

#include <string>

#include "client/exec_call.h"
#include "client/local_terminal.h"

namespace aurora::client {

struct LocalStreams {
  int input = 0;
  int output = 1;
  int errors = 2;
};

class ShellSession {
 public:
  // `terminal`: nullptr if the command has none. It is raw from when the command has begun until the end of this.
  ShellSession(net::WebSocketClients& sockets, ExecCall& call, LocalTerminal* terminal, LocalStreams streams = {});
  ~ShellSession();
  ShellSession(const ShellSession&) = delete;
  ShellSession& operator=(const ShellSession&) = delete;

  // Until the command has ended and all that it wrote is written here; or our part of it: a signal that asks us to end,
  // nobody who reads our output, `~.`.
  Result<ExecEnd> run();

 private:
  struct Sink {
    int descriptor;
    std::string pending = {};
    bool is_broken = false;
  };

  void begin();
  void take_output();
  void pause_or_go_on();
  void wait();
  void write_some(Sink& sink) const;
  void read_input();
  void obey_signals();
  size_t pending_bytes() const { return output_.pending.size() + errors_.pending.size(); }

  net::WebSocketClients& sockets_;
  ExecCall& call_;
  LocalTerminal* const terminal_;
  const int input_;
  Sink output_;
  Sink errors_;
  TypedText typed_;
  bool has_begun_ = false;
  bool is_paused_ = false;
  bool input_is_over_ = false;
  std::optional<ExecEnd> own_end_;
};

}  // namespace aurora::client

// A port of this machine, on loopback alone, whose connections are carried on to a port elsewhere, as `ssh -L` does. A
// thread of its own moves the bytes. What one side does not take is not read from the other.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::net {

struct TunnelConfig {
  int local_port = 0;  // 0: any free one
  std::string host = {};
  int port = 0;
  Duration connect_timeout = seconds(5);
  size_t connections_max = 64;  // at once; what is more is closed at once
  // "<host>:<port> cannot be reached from this machine: ...", for each connection that was closed for it. On the
  // tunnel's thread.
  std::function<void(const std::string& what)> on_failure = [](const std::string&) {};
};

class Tunnel {
 public:
  // Listens. FailedPrecondition: the local port is taken, or not ours to take.
  static Result<std::unique_ptr<Tunnel>> open(TunnelConfig config);
  ~Tunnel();  // closes its connections
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  int local_port() const;
  Status try_target() const;  // connects once and hangs up; waits for connect_timeout at most

 private:
  struct State;
  explicit Tunnel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aurora::net

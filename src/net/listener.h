// A listening socket.
#pragma once

#include <string>

#include "aurora/base/result.h"

namespace aurora::net {

struct Listener {
  int socket = -1;  // the caller's
  int port = 0;     // the bound one
};
// Port 0: any free one. Errors say what is in the way, and what to do.
Result<Listener> listen_on(const std::string& address, int port);

}  // namespace aurora::net

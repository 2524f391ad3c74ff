// Who listens on a TCP port of this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace aurora::os {

struct PortUser {
  int pid = 0;  // 0: not to be found out
  std::string name;
};
// Absent: a server could listen on the port, at every address of this machine.
std::optional<PortUser> find_port_user(int32_t port);

}  // namespace aurora::os

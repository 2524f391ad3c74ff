#include "aurora/os/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>

#include "aurora/os/files.h"
#include "aurora/os/processes.h"

namespace aurora::os {
namespace {

constexpr const char* kListening = "0A";

// As a server would: what only waits to be forgotten (TIME_WAIT) does not count.
template <typename Address>
bool can_listen(int family, const Address& address) {
  const Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return true;  // no such family here
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const bool is_bound =
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(socket.get(), 1) == 0;
  return is_bound || errno != EADDRINUSE;
}

bool can_listen(int32_t port) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(static_cast<uint16_t>(port));
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(static_cast<uint16_t>(port));
  return can_listen(AF_INET, any) && can_listen(AF_INET6, any6);
}

// "socket:[123]" of what listens on the port.
void add_sockets(const char* table, int32_t port, std::set<std::string>& sockets) {
  const Result<std::string> text = read_file(table);
  if (!text.ok()) return;
  char suffix[8];
  std::snprintf(suffix, sizeof suffix, ":%04X", static_cast<unsigned>(port));
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    if (state == kListening && local.ends_with(suffix)) sockets.insert("socket:[" + inode + "]");
  }
}

bool has_any(int pid, const std::set<std::string>& sockets) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  for (const std::string& name : list_names(folder)) {
    char target[64];
    const ssize_t length = ::readlink((folder + "/" + name).c_str(), target, sizeof target);
    if (length > 0 && sockets.contains(std::string(target, static_cast<size_t>(length)))) return true;
  }
  return false;
}

std::string name_of(int pid) {
  Result<std::string> name = read_file("/proc/" + std::to_string(pid) + "/comm");
  if (!name.ok()) return "";
  while (!name->empty() && name->back() == '\n') name->pop_back();
  return *name;
}

}  // namespace

std::optional<PortUser> find_port_user(int32_t port) {
  if (can_listen(port)) return std::nullopt;
  std::set<std::string> sockets;
  add_sockets("/proc/net/tcp", port, sockets);
  add_sockets("/proc/net/tcp6", port, sockets);
  if (sockets.empty()) return PortUser{};
  for (const int pid : list_processes()) {
    if (has_any(pid, sockets)) return PortUser{pid, name_of(pid)};
  }
  return PortUser{};
}

}  // namespace aurora::os

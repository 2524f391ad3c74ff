#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace aurora::net {
namespace {

constexpr int kBacklog = 4096;  // a new scheduler is met by all its hosts; the kernel may allow less

Error cannot_listen(const std::string& where, int reason) {
  if (reason == EADDRINUSE) {
    return {ErrorCode::AlreadyExists, "Cannot listen on " + where +
                                          ": the port is in use; stop the process that has it (`ss -ltnp` shows "
                                          "it) or choose another port"};
  }
  if (reason == EACCES) {
    return {ErrorCode::PermissionDenied,
            "Cannot listen on " + where + ": ports below 1024 are for root; choose another port"};
  }
  return {ErrorCode::InvalidArgument, "Cannot listen on " + where + ": " +
                                          (reason == 0 ? "no such address" : std::strerror(reason)) +
                                          "; give an address of this machine"};
}

int port_of(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  return ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                         : reinterpret_cast<const sockaddr_in&>(own).sin_port);
}

// -1 with errno.
int open_listening(const addrinfo& address) {
  const int socket = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  // Not SO_REUSEPORT: a second server on the port would silently share the requests.
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(socket, address.ai_addr, address.ai_addrlen) == 0 && listen(socket, kBacklog) == 0) return socket;
  const int reason = errno;
  close(socket);
  errno = reason;
  return -1;
}

}  // namespace

Result<Listener> listen_on(const std::string& address, int port) {
  const std::string where = address + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &raw) != 0) return cannot_listen(where, 0);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, freeaddrinfo);
  int reason = 0;
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    const int socket = open_listening(*one);
    if (socket >= 0) return Listener{socket, port_of(socket)};
    reason = errno;
  }
  return cannot_listen(where, reason);
}

}  // namespace aurora::net

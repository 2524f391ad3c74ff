// A server that answers each connection with what a function makes of the request's head, and closes it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace aurora::test {

class TinyServer {
 public:
  using Answer = std::function<std::string(const std::string& head)>;

  // On the loopback address of the family; port 0 = any free one.
  explicit TinyServer(Answer answer, int port = 0, int family = AF_INET)
      : listening_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(static_cast<uint16_t>(port));
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4.sin_port = v6.sin6_port;
    const bool is_v4 = family == AF_INET;
    const int yes = 1;
    ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto* address = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
    if (::bind(listening_, address, is_v4 ? sizeof v4 : sizeof v6) != 0 || ::listen(listening_, 1000) != 0)
      throw std::runtime_error("cannot listen");
    sockaddr_in6 own{};
    socklen_t size = sizeof own;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&own), &size);
    port_ = ntohs(is_v4 ? reinterpret_cast<sockaddr_in&>(own).sin_port : own.sin6_port);
    if (answer) thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~TinyServer() {
    ::shutdown(listening_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listening_);
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;
  int port() const { return port_; }
  int descriptor() const { return listening_; }  // for who serves by himself

 private:
  void serve(const Answer& answer) const {
    for (;;) {
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const timeval patience{.tv_sec = 5, .tv_usec = 0};  // a stranger who says nothing does not keep it
      ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      std::string head;
      char buffer[1000];
      while (head.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        head.append(buffer, static_cast<size_t>(got));
      }
      const std::string text = answer(head);
      static_cast<void>(!::send(client, text.data(), text.size(), MSG_NOSIGNAL));
      ::close(client);
    }
  }

  int listening_;
  int port_ = 0;
  std::thread thread_;
};

// One that takes connections and never answers.
inline TinyServer::Answer never() { return nullptr; }
inline std::string first_line(const std::string& head) { return head.substr(0, head.find("\r\n")); }
inline std::string http_ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
inline int free_port() { return TinyServer(never()).port(); }

}  // namespace aurora::test

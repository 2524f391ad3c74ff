// Raw bytes to a server on loopback, and back, where a well-behaved client would not send them.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

namespace aurora::net {

class Socket {
 public:
  explicit Socket(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  void write(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }
  void take_little() {
    const int bytes = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  // False once the peer has closed, or has anything to say within this time.
  bool is_silent_for(int ms) const {
    pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&watched, 1, ms) == 0;
  }
  // One answer with a Content-Length; what follows stays.
  std::string read_answer() {
    std::string bytes;
    char c = 0;
    while (!bytes.ends_with("\r\n\r\n") && recv(fd_, &c, 1, 0) == 1) bytes += c;
    const size_t at = bytes.find("Content-Length: ");
    if (at == std::string::npos) return bytes;
    for (int left = std::stoi(bytes.substr(at + 16)); left > 0 && recv(fd_, &c, 1, 0) == 1; --left) bytes += c;
    return bytes;
  }
  // What is there or comes next, at most so much; 0 once the server has closed.
  size_t read_some(size_t bytes_max) {
    std::string bytes(bytes_max, '\0');
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
    return count <= 0 ? 0 : static_cast<size_t>(count);
  }
  std::string read_exactly(size_t bytes) {  // less only at the end
    std::string all(bytes, '\0');
    size_t size = 0;
    for (ssize_t count = 1; size < bytes && count > 0; size += count > 0 ? static_cast<size_t>(count) : 0)
      count = recv(fd_, all.data() + size, bytes - size, 0);
    all.resize(size);
    return all;
  }
  // As much of it as can be sent without waiting longer than this for the peer.
  size_t write_for(std::string_view bytes, int ms) {
    size_t sent = 0;
    for (pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0}; sent < bytes.size() && poll(&room, 1, ms) > 0;) {
      const ssize_t count = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    return sent;
  }
  std::string read_all() {  // until the server closes
    std::string bytes;
    char buffer[4096];
    for (ssize_t count; (count = recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      bytes.append(buffer, static_cast<size_t>(count));
    return bytes;
  }

 private:
  int fd_;
};

inline std::string exchange(int port, const std::string& bytes) {
  Socket socket(port);
  socket.write(bytes);
  return socket.read_all();
}

}  // namespace aurora::net

// One accepted connection as cpp-httplib reads it, with the bounds that cpp-httplib lacks: bytes of a
// request's head, bytes of its body however it is framed, time for the whole request. Used by one thread at a
// time.
#pragma once

#include <chrono>
#include <vector>

#include "net/httplib_setup.h"

namespace aurora::net {

struct ConnectionLimits {
  size_t head_bytes_max = 64u << 10;
  std::chrono::milliseconds read_timeout{5'000};      // for the next bytes, and for a write to be taken
  std::chrono::milliseconds request_timeout{30'000};  // from the first byte to the last of the body
};

class Connection final : public httplib::Stream {
 public:
  Connection(int socket, ConnectionLimits limits) : socket_(socket), limits_(limits) {}

  void begin_request();  // starts the request's clock and allowance
  void allow_body(size_t bytes_max);
  bool has_buffered() const { return begin_ < end_; }
  // Waits this long for the first bytes of a request.
  bool wait_readable(std::chrono::milliseconds timeout) const;
  // The peer may still be sending what we refused: takes it in for a moment, or closing would reset the
  // connection before it has read our answer.
  void linger();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

  bool must_close = false;  // set by whoever leaves the body unread

 private:
  std::chrono::milliseconds time_left() const;

  int socket_;
  ConnectionLimits limits_;
  std::chrono::steady_clock::time_point deadline_;
  size_t allowance_ = 0;  // bytes the request may still have
  std::vector<char> buffer_ = std::vector<char>(16u << 10);
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace aurora::net

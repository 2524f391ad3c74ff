#include "net/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace aurora::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool wait_for(int socket, short events, milliseconds timeout) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  for (;;) {
    const int count = poll(&watched, 1, static_cast<int>(timeout.count()));
    if (count >= 0 || errno != EINTR) return count > 0;
  }
}

}  // namespace

void Connection::begin_request() {
  deadline_ = steady_clock::now() + limits_.request_timeout;
  allowance_ = limits_.head_bytes_max;
  must_close = false;
}

// Chunked framing costs up to some bytes per byte sent; it is bounded, not counted exactly.
void Connection::allow_body(size_t bytes_max) { allowance_ = limits_.head_bytes_max + 2 * bytes_max; }

milliseconds Connection::time_left() const {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
  return std::clamp(left, milliseconds(0), limits_.read_timeout);
}

bool Connection::wait_readable(milliseconds timeout) const {
  return has_buffered() || wait_for(socket_, POLLIN, timeout);
}

bool Connection::is_readable() const { return wait_readable(time_left()); }

bool Connection::is_writable() const { return wait_for(socket_, POLLOUT, limits_.read_timeout); }

ssize_t Connection::read(char* to, size_t size) {
  if (!has_buffered()) {
    if (allowance_ == 0 || !is_readable()) return -1;
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<size_t>(got);
  }
  const size_t taken = std::min({size, end_ - begin_, allowance_});
  if (taken == 0) return -1;
  std::memcpy(to, buffer_.data() + begin_, taken);
  begin_ += taken;
  allowance_ -= taken;
  return static_cast<ssize_t>(taken);
}

ssize_t Connection::write(const char* from, size_t size) {
  if (!is_writable()) return -1;
  return send(socket_, from, size, MSG_NOSIGNAL);
}

void Connection::linger() {
  constexpr milliseconds kAtMost{1'000};
  shutdown(socket_, SHUT_WR);
  const auto until = steady_clock::now() + kAtMost;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    if (left <= milliseconds(0) || !wait_for(socket_, POLLIN, left)) return;
    if (recv(socket_, buffer_.data(), buffer_.size(), 0) <= 0) return;
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  httplib::detail::get_remote_ip_and_port(socket_, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  httplib::detail::get_local_ip_and_port(socket_, ip, port);
}

}  // namespace aurora::net

#include "farm/http_caller.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace aurora::farm {
namespace {

constexpr uint32_t kAlways = EPOLLIN | EPOLLRDHUP;

void switch_on(int socket, int level, int option) {
  const int yes = 1;
  ::setsockopt(socket, level, option, &yes, sizeof yes);
}

}  // namespace

HttpCaller::HttpCaller(EventLoop& loop, const CallerConfig& config, CallerCounts& counts, std::optional<in_addr> from)
    : loop_(loop), config_(config), counts_(counts), from_(from) {}

HttpCaller::~HttpCaller() { disconnect(); }

void HttpCaller::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  reader_.forget();
}

void HttpCaller::close() {
  disconnect();
  done_ = nullptr;
}

void HttpCaller::call(const char* method, const std::string& target, const std::string& body, Done done) {
  AURORA_CHECK(!is_busy());
  done_ = std::move(done);
  out_ = std::string(method) + " " + target + " HTTP/1.1\r\nHost: " + to_text(config_.to.sin_addr) + ":" +
         std::to_string(ntohs(config_.to.sin_port)) + "\r\n";
  if (!config_.secret.empty()) out_ += "Authorization: Bearer " + config_.secret + "\r\n";
  if (!body.empty())
    out_ += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  out_ += "\r\n";
  out_ += body;
  const Instant now = loop_.now();
  deadline_ = now + config_.timeout;
  if (socket_ >= 0 && now - idle_since_ > config_.keep) disconnect();
  is_reused_ = socket_ >= 0;
  sent_ = 0;
  if (is_reused_) {
    flush();
  } else {
    open();
  }
}

void HttpCaller::open() {
  sent_ = 0;
  is_reused_ = false;
  connect_deadline_ = loop_.now() + config_.connect_timeout;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail("no_descriptor");
  switch_on(socket_, IPPROTO_TCP, TCP_NODELAY);
  if (from_) {
    switch_on(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr = *from_;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) return fail("bind");
  }
  ++counts_.connections;
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&config_.to), sizeof config_.to) != 0 && errno != EINPROGRESS)
    return fail(errno == ECONNREFUSED ? "refused" : "connect");
  is_connecting_ = waits_for_room_ = true;
  loop_.watch(socket_, kAlways | EPOLLOUT, *this);
}

void HttpCaller::on_events(uint32_t events) {
  if (socket_ < 0) return;
  if (is_connecting_) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(error == ECONNREFUSED ? "refused" : error == ECONNRESET ? "reset" : "connect");
    is_connecting_ = false;
    return flush();
  }
  if ((events & EPOLLOUT) != 0) flush();
  if (socket_ >= 0 && (events & ~uint32_t{EPOLLOUT}) != 0) receive();
}

void HttpCaller::flush() {
  while (sent_ < out_.size()) {
    const ssize_t count = ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count > 0) {
      sent_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      return wait_for_room(true);
    } else if (errno != EINTR) {
      return fail("reset");
    }
  }
  wait_for_room(false);
}

void HttpCaller::wait_for_room(bool waits) {
  if (std::exchange(waits_for_room_, waits) != waits)
    loop_.change(socket_, waits ? kAlways | EPOLLOUT : kAlways, *this);
}

void HttpCaller::receive() {
  std::array<char, 65536> bytes;
  for (;;) {
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return is_busy() ? fail(count == 0 ? "closed" : "reset") : disconnect();
    reader_.append({bytes.data(), static_cast<size_t>(count)});
    HttpMessage answer;
    switch (reader_.next(answer)) {
      case HttpReader::Got::NeedsMore:
        break;
      case HttpReader::Got::Nonsense:
        return fail("nonsense");
      case HttpReader::Got::Message:
        return finish(std::move(answer));
    }
    if (static_cast<size_t>(count) < bytes.size()) return;
  }
}

void HttpCaller::finish(HttpMessage answer) {
  if (!is_busy()) return disconnect();  // nobody had asked
  const bool is_kept = !answer.closes && sent_ == out_.size();
  idle_since_ = loop_.now();
  if (!is_kept) disconnect();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(answer));
}

void HttpCaller::fail(const char* why) {
  const bool had_answer = reader_.has_begun();
  disconnect();
  if (!is_busy()) return;
  if (is_reused_ && !had_answer) {
    ++counts_.stale;
    return open();
  }
  ++counts_.errors[why];
  const Done done = std::exchange(done_, nullptr);
  done(std::nullopt);
}

void HttpCaller::expire(Instant now) {
  if (!is_busy()) {
    if (socket_ >= 0 && now - idle_since_ > config_.keep) disconnect();
    return;
  }
  is_reused_ = is_reused_ && now < deadline_;
  if (now >= deadline_) return fail("timeout");
  if (socket_ >= 0 && is_connecting_ && now >= connect_deadline_) fail("connect_timeout");
}

std::optional<sockaddr_in> parse_origin(const std::string& url) {
  std::string rest = url.starts_with("http://") ? url.substr(7) : url;
  if (rest.ends_with('/')) rest.pop_back();
  const size_t colon = rest.find(':');
  sockaddr_in origin{};
  origin.sin_family = AF_INET;
  if (colon == std::string::npos || ::inet_pton(AF_INET, rest.substr(0, colon).c_str(), &origin.sin_addr) != 1)
    return std::nullopt;
  origin.sin_port = htons(static_cast<uint16_t>(std::atoi(rest.c_str() + colon + 1)));
  return origin;
}

std::string to_text(const in_addr& address) {
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &address, text, sizeof text);
  return text;
}

}  // namespace aurora::farm

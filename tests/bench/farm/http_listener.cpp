#include "farm/http_listener.h"

#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace aurora::farm {
namespace {

constexpr int kBacklog = 4096;
constexpr uint32_t kLoopback = 127;

}  // namespace

class HttpListener::Guest final : public Watcher {
 public:
  Guest(HttpListener& listener, int socket, in_addr host) : listener_(listener), socket_(socket), host_(host) {}
  ~Guest() override { ::close(socket_); }
  void on_events(uint32_t events) override;
  void leave();
  Instant idle_since;

 private:
  bool answer_all();
  bool flush();

  HttpListener& listener_;
  const int socket_;
  const in_addr host_;
  HttpReader reader_;
  std::string out_;
  size_t sent_ = 0;
  bool waits_for_room_ = false;
  bool closes_ = false;
};

HttpListener::HttpListener(EventLoop& loop, int port, Duration idle_timeout, Handler handler)
    : loop_(loop), idle_timeout_(idle_timeout), handler_(std::move(handler)) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(static_cast<uint16_t>(port));
  socklen_t size = sizeof any;
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&any), size) != 0 || ::listen(socket_, kBacklog) != 0) {
    ::close(socket_);
    socket_ = -1;
    return;
  }
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size);
  port_ = ntohs(any.sin_port);
  loop_.watch(socket_, EPOLLIN, *this);
  loop_.every(seconds(1), [this] { expire(); });
}

HttpListener::~HttpListener() {
  if (socket_ >= 0) ::close(socket_);
}

int64_t HttpListener::drops() const {
  std::array<uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  return ::getsockopt(socket_, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0 ? memory[SK_MEMINFO_DROPS] : 0;
}

void HttpListener::on_events(uint32_t) {
  for (;;) {
    const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0 && (errno == EMFILE || errno == ENFILE) && !guests_.empty()) {
      guests_.begin()->second->leave();  // some connection that is kept, or the newcomers would wait for ever
      return;
    }
    if (socket < 0) return;
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
    if ((ntohl(own.sin_addr.s_addr) >> 24) != kLoopback) {  // another machine has nothing to say here
      ::close(socket);
      continue;
    }
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ++accepted_;
    auto guest = std::make_unique<Guest>(*this, socket, own.sin_addr);
    guest->idle_since = loop_.now();
    loop_.watch(socket, EPOLLIN | EPOLLRDHUP, *guest);
    guests_[socket] = std::move(guest);
  }
}

void HttpListener::expire() {
  const Instant oldest = loop_.now() - idle_timeout_;
  std::vector<int> idle;
  for (const auto& [socket, guest] : guests_) {
    if (guest->idle_since < oldest) idle.push_back(socket);
  }
  for (const int socket : idle) guests_.erase(socket);  // between turns: no event can be on its way
}

void HttpListener::Guest::on_events(uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !flush()) return leave();
  if ((events & ~uint32_t{EPOLLOUT}) == 0) return;
  std::array<char, 65536> bytes;
  for (;;) {
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0) return leave();
    reader_.append({bytes.data(), static_cast<size_t>(count)});
    if (static_cast<size_t>(count) < bytes.size()) break;
  }
  if (!answer_all() || !flush()) leave();
}

bool HttpListener::Guest::answer_all() {
  HttpMessage request;
  for (;;) {
    const HttpReader::Got got = reader_.next(request);
    if (got == HttpReader::Got::Nonsense) return false;
    if (got == HttpReader::Got::NeedsMore) return true;
    const HttpAnswer answer = listener_.handler_(host_, request);
    idle_since = listener_.loop_.now();
    closes_ = closes_ || request.closes;
    out_ += "HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Type: application/json\r\nContent-Length: " +
            std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
  }
}

bool HttpListener::Guest::flush() {
  while (sent_ < out_.size()) {
    const ssize_t count = ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count > 0) {
      sent_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      if (!std::exchange(waits_for_room_, true))
        listener_.loop_.change(socket_, EPOLLIN | EPOLLRDHUP | EPOLLOUT, *this);
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  if (std::exchange(waits_for_room_, false)) listener_.loop_.change(socket_, EPOLLIN | EPOLLRDHUP, *this);
  out_.clear();
  sent_ = 0;
  return !closes_;
}

void HttpListener::Guest::leave() {
  const auto found = listener_.guests_.find(socket_);
  if (found == listener_.guests_.end() || found->second.get() != this) return;  // left already
  std::unique_ptr<Guest> self = std::move(found->second);
  listener_.guests_.erase(found);
  listener_.loop_.bury(std::move(self));
}

}  // namespace aurora::farm

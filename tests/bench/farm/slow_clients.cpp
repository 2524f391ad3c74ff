#include "farm/slow_clients.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <optional>

namespace aurora::farm {
namespace {

constexpr size_t kPerAddress = 100;  // trickling ones: a server may bound how many one address has
constexpr size_t kAtOnce = 64;       // idle ones that connect

// Begins anew when it is closed.
class Trickler final : public Watcher {
 public:
  Trickler(EventLoop& loop, const sockaddr_in& to, uint32_t number) : loop_(loop), to_(to), number_(number) {}

  void on_events(uint32_t events) override {
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
    ++closed;
    socket_ = {};
  }
  void send_byte() {
    if (!socket_.is_open()) return open();
    [[maybe_unused]] const ssize_t sent = ::send(socket_.get(), "a", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  int64_t closed = 0;

 private:
  void open() {
    socket_ = os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number_ / static_cast<uint32_t>(kPerAddress));
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to_), sizeof to_) != 0) {
      socket_ = {};
      return;
    }
    static constexpr std::string_view kBegin = "GET /v1/cluster HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
    [[maybe_unused]] const ssize_t sent = ::send(socket_.get(), kBegin.data(), kBegin.size(), MSG_NOSIGNAL);
    loop_.watch(socket_.get(), EPOLLIN | EPOLLRDHUP, *this);
  }

  EventLoop& loop_;
  const sockaddr_in to_;
  const uint32_t number_;
  os::Fd socket_;
};

class SlowClients final : public Watcher {
 public:
  SlowClients(EventLoop& loop, const SlowClientsConfig& config) : loop_(loop), config_(config) {
    for (size_t i = 0; i < config.trickling; ++i) {
      tricklers_.emplace_back(loop, config.scheduler.to, static_cast<uint32_t>(i));
      tricklers_.back().send_byte();
    }
    // Not all in the same moment.
    constexpr size_t kTurns = 10;
    loop.every({config.pause.ms / static_cast<int64_t>(kTurns)}, [this] {
      turn_ = (turn_ + 1) % kTurns;
      for (size_t i = turn_; i < tricklers_.size(); i += kTurns) tricklers_[i].send_byte();
    });
    loop.watch(STDIN_FILENO, EPOLLIN, *this);
    for (size_t i = 0; i < kAtOnce; ++i) connect_next();
    if (config.idle == 0) say_ready();
  }
  void on_events(uint32_t) override {
    char bytes[64];
    if (::read(STDIN_FILENO, bytes, sizeof bytes) <= 0) loop_.stop();
  }
  int64_t closed() const {
    int64_t sum = 0;
    for (const Trickler& one : tricklers_) sum += one.closed;
    return sum;
  }

 private:
  void connect_next() {
    if (idle_.size() == config_.idle) return;
    idle_.emplace_back(loop_, config_.scheduler, counts_);
    idle_.back().call("GET", "/health", "", [this](const std::optional<HttpMessage>&) {
      if (++served_ == config_.idle) say_ready();
      connect_next();
    });
  }
  static void say_ready() {
    std::printf("{\"ready\":true}\n");
    std::fflush(stdout);
  }

  EventLoop& loop_;
  const SlowClientsConfig& config_;
  CallerCounts counts_;
  std::deque<Trickler> tricklers_;
  std::deque<HttpCaller> idle_;
  size_t served_ = 0;
  size_t turn_ = 0;
};

}  // namespace

void run_slow_clients(EventLoop& loop, const SlowClientsConfig& config) {
  const SlowClients clients(loop, config);
  loop.run();
  std::printf("{\"trickling_closed\":%lld}\n", static_cast<long long>(clients.closed()));
}

}  // namespace aurora::farm

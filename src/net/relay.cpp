#include "net/relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace aurora::net {
namespace {

namespace asio = boost::asio;

constexpr size_t kPieceBytes = 64u << 10;
constexpr uint64_t kRefusalBytesMax = 64u << 10;

}  // namespace

Relay::Relay(asio::io_context& io, const Url& url, std::string request, const RelayTarget& target,
             const WebSocketLimits& limits, WebSockets::Place place)
    : exchange_(std::make_shared<Exchange>(
          io, url, std::move(request), ExchangeLimits{target.connect_timeout, target.answer_timeout, kRefusalBytesMax})),
      limits_(limits),
      place_(std::move(place)),
      server_(io),
      client_(io),
      timer_(io) {}

void Relay::begin(Answer answer) {
  exchange_->begin([self = shared_from_this(), answer = std::move(answer)](std::optional<Response> failure) {
    if (failure) return answer(*std::move(failure));
    answer(self->exchange_->is_upgrade() ? self->upgrade() : self->refusal());
  });
}

Response Relay::refusal() {
  constexpr int kUnauthorized = 401;
  // The client has shown us a secret that we accept; that we have another than the server behind is not its fault.
  if (exchange_->status() == kUnauthorized) return exchange_->unavailable("does not accept this server's secret");
  return {.status = exchange_->status(), .body = exchange_->take_body()};
}

Response Relay::upgrade() {
  server_ = exchange_->take_socket();
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const char* name : {"Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"}) {
    const std::string value = exchange_->header(name);
    if (!value.empty()) head += std::string(name) + ": " + value + "\r\n";
  }
  head += "\r\n" + exchange_->take_rest();
  to_client_.bytes.assign(head.begin(), head.end());
  Response response;
  response.upgrade = [self = shared_from_this()](Descriptor socket) {
    const auto shared = std::make_shared<Descriptor>(std::move(socket));
    asio::post(self->timer_.get_executor(), [self, shared] { self->take_over(std::move(*shared)); });
  };
  return response;
}

void Relay::stop() {
  exchange_->stop();
  end();
}

void Relay::take_over(Descriptor socket) {
  if (!server_.is_open()) return;  // stopped meanwhile
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
  Failure error;
  client_.assign(own.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket.get(), error);
  if (error) return end();
  socket.release();
  client_.set_option(asio::socket_base::keep_alive(true), error);
  moved_ = Clock::now();
  write(to_client_, to_client_.bytes.size());
  move(to_server_);
  watch_for_break();
  look();
}

void Relay::move(Direction& direction) {
  direction.bytes.resize(kPieceBytes);
  direction.from.async_read_some(asio::buffer(direction.bytes),
                                 [this, self = shared_from_this(), &direction](const Failure& error, size_t count) {
                                   if (error) return end(direction);
                                   write(direction, count);
                                 });
}

void Relay::write(Direction& direction, size_t size) {
  asio::async_write(direction.to, asio::buffer(direction.bytes.data(), size),
                    [this, self = shared_from_this(), &direction](const Failure& error, size_t) {
                      moved_ = Clock::now();
                      if (error) return end();
                      move(direction);
                    });
}

// Also while the client is not read because the server takes nothing.
void Relay::watch_for_break() {
  client_.async_wait(Socket::wait_error, [this, self = shared_from_this()](const Failure& error) {
    if (error || !client_.is_open()) return;
    pollfd watched{.fd = client_.native_handle(), .events = 0, .revents = 0};
    if (poll(&watched, 1, 0) <= 0) return watch_for_break();
    end();
  });
}

// The other side is told, and has a moment to end by itself.
void Relay::end(Direction& direction) {
  direction.is_over = true;
  if (to_client_.is_over && to_server_.is_over) return end();
  Failure error;
  direction.to.shutdown(Socket::shutdown_send, error);
  if (error) return end();
  set_deadline(limits_.goodbye_max, &Relay::end);
}

void Relay::end() {
  Failure ignored;
  server_.close(ignored);
  client_.close(ignored);
  timer_.cancel();
}

// The ends ask each other whether they are there; if they have not for so long, both are not.
void Relay::look() {
  if (to_client_.is_over || to_server_.is_over || !server_.is_open()) return;
  const Duration longest = limits_.untaken_max + minutes(1);
  if (Clock::now() - moved_ > std::chrono::milliseconds(longest.ms)) return end();
  set_deadline(minutes(1), &Relay::look);
}

void Relay::set_deadline(Duration in, void (Relay::*late)()) {
  timer_.expires_after(std::chrono::milliseconds(in.ms));
  timer_.async_wait([this, self = shared_from_this(), late](const Failure& error) {
    if (!error) (this->*late)();
  });
}

}  // namespace aurora::net

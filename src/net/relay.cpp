#include "net/relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "net/guard.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr size_t kPieceBytes = 64u << 10;
constexpr uint32_t kHeadBytesMax = 16u << 10;
constexpr uint64_t kRefusalBytesMax = 64u << 10;

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Relay::Relay(asio::io_context& io, Url url, std::string request, const RelayTarget& target,
             const WebSocketLimits& limits, WebSockets::Place place)
    : url_(std::move(url)),
      request_(std::move(request)),
      target_(target),
      limits_(limits),
      place_(std::move(place)),
      resolver_(io),
      server_(io),
      client_(io),
      timer_(io) {}

// --- Until the server behind has answered.

void Relay::begin(Answer answer) {
  answer_ = std::move(answer);
  set_deadline(target_.connect_timeout, &Relay::say_late);
  const auto self = shared_from_this();
  resolver_.async_resolve(url_.host, url_.port, [this, self](const Failure& error, const auto& addresses) {
    if (!answer_) return;
    if (error) return fail(503, "has no address: " + error.message());
    asio::async_connect(server_, addresses, [this, self](const Failure& failed, const auto&) {
      if (!answer_) return;
      if (failed) return fail(503, "does not accept connections: " + failed.message());
      send_request();
    });
  });
}

void Relay::send_request() {
  Failure ignored;
  server_.set_option(asio::ip::tcp::no_delay(true), ignored);
  server_.set_option(asio::socket_base::keep_alive(true), ignored);
  set_deadline(target_.answer_timeout, &Relay::say_late);
  parser_.emplace();
  parser_->header_limit(kHeadBytesMax);
  parser_->body_limit(kRefusalBytesMax);
  asio::async_write(server_, asio::buffer(request_), [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!answer_) return;
    if (error) return fail(503, "has closed the connection: " + error.message());
    http::async_read_header(server_, read_, *parser_, [this, self](const Failure& failed, size_t) {
      if (!answer_) return;
      if (failed) return fail(503, "gave no answer: " + failed.message());
      constexpr int kSwitchingProtocols = 101;
      if (parser_->get().result_int() == kSwitchingProtocols) return pass_upgrade();
      http::async_read(server_, read_, *parser_, [this, self](const Failure& cut_off, size_t) {
        if (!answer_) return;
        if (cut_off) return fail(503, "gave no whole answer: " + cut_off.message());
        pass_refusal();
      });
    });
  });
}

void Relay::pass_refusal() {
  constexpr int kUnauthorized = 401;
  const auto& answer = parser_->get();
  const int status = static_cast<int>(answer.result_int());
  // The client has shown us a secret that we accept; that we have another than the server behind is not its fault.
  if (status == kUnauthorized) return fail(503, "does not accept this server's secret");
  timer_.cancel();
  Response response{.status = status, .body = answer.body()};
  std::exchange(answer_, nullptr)(std::move(response));
}

void Relay::pass_upgrade() {
  timer_.cancel();
  Response response;
  response.upgrade = [self = shared_from_this()](Descriptor socket) {
    const auto shared = std::make_shared<Descriptor>(std::move(socket));
    asio::post(self->timer_.get_executor(), [self, shared] { self->take_over(std::move(*shared)); });
  };
  std::exchange(answer_, nullptr)(std::move(response));
}

void Relay::say_late() { fail(504, "does not answer in time; is the host up?"); }

void Relay::stop() {
  if (answer_) return fail(503, "was not asked: this server stops");
  end();
}

void Relay::fail(int status, const std::string& what) {
  if (!answer_) return;
  const Answer answer = std::exchange(answer_, nullptr);
  end();
  answer(error_response(status, status == 504 ? "DEADLINE_EXCEEDED" : "UNAVAILABLE", url_.origin + " " + what));
}

// --- Afterwards.

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
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const char* name : {"Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"}) {
    const std::string value = text_of(parser_->get()[name]);
    if (!value.empty()) head += std::string(name) + ": " + value + "\r\n";
  }
  head += "\r\n";
  head += text_of({static_cast<const char*>(read_.data().data()), read_.size()});
  to_client_.bytes.assign(head.begin(), head.end());
  read_.clear();
  parser_.reset();
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
  resolver_.cancel();
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

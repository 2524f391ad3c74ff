#include "net/exchange.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <utility>

#include "net/guard.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr uint32_t kHeadBytesMax = 16u << 10;

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Exchange::Exchange(asio::io_context& io, Url url, std::string request, const ExchangeLimits& limits)
    : url_(std::move(url)), request_(std::move(request)), limits_(limits), resolver_(io), server_(io), timer_(io) {
  parser_.header_limit(kHeadBytesMax);
  parser_.body_limit(limits_.answer_bytes_max);
}

void Exchange::begin(Done done) {
  done_ = std::move(done);
  set_deadline(limits_.connect_timeout);
  const auto self = shared_from_this();
  resolver_.async_resolve(url_.host, url_.port, [this, self](const Failure& error, const auto& addresses) {
    if (!done_) return;
    if (error) return fail("has no address: " + error.message());
    asio::async_connect(server_, addresses, [this, self](const Failure& failed, const auto&) {
      if (!done_) return;
      if (failed) return fail("does not accept connections: " + failed.message());
      send();
    });
  });
}

void Exchange::send() {
  Failure ignored;
  server_.set_option(asio::ip::tcp::no_delay(true), ignored);
  server_.set_option(asio::socket_base::keep_alive(true), ignored);
  set_deadline(limits_.answer_timeout);
  asio::async_write(server_, asio::buffer(request_), [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!done_) return;
    if (error) return fail("has closed the connection: " + error.message());
    read_head();
  });
}

void Exchange::read_head() {
  http::async_read_header(server_, read_, parser_, [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!done_) return;
    if (error == http::error::body_limit) return refuse_length();
    if (error) return fail("gave no answer: " + error.message());
    if (parser_.content_length().value_or(0) > limits_.answer_bytes_max) return refuse_length();
    if (is_upgrade() || parser_.is_done()) return finish();
    parser_.eager(true);
    read_body();
  });
}

// Some 64 kB of it at a time: the parser's own limit does not hold for a body whose length nobody has said.
void Exchange::read_body() {
  http::async_read_some(server_, read_, parser_, [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!done_) return;
    if (error == http::error::body_limit || is_too_long()) return refuse_length();
    if (error) return fail("gave no whole answer: " + error.message());
    parser_.is_done() ? finish() : read_body();
  });
}

bool Exchange::is_too_long() const { return parser_.get().body().size() > limits_.answer_bytes_max; }

void Exchange::refuse_length() { fail("answers with more than " + std::to_string(limits_.answer_bytes_max) + " bytes"); }

bool Exchange::is_upgrade() const {
  constexpr int kSwitchingProtocols = 101;
  return status() == kSwitchingProtocols;
}

std::string Exchange::header(const char* name) const { return text_of(parser_.get()[name]); }

std::string Exchange::take_rest() {
  std::string rest(static_cast<const char*>(read_.data().data()), read_.size());
  read_.clear();
  return rest;
}

Response Exchange::unavailable(const std::string& what) const {
  return error_response(503, "UNAVAILABLE", url_.origin + " " + what);
}

void Exchange::stop() { fail("has not answered: this server stops"); }

void Exchange::finish() {
  const Done done = std::exchange(done_, nullptr);
  timer_.cancel();
  if (!is_upgrade()) close();
  done(std::nullopt);
}

void Exchange::fail(const std::string& what) {
  if (!done_) return;
  const Done done = std::exchange(done_, nullptr);
  close();
  done(unavailable(what));
}

void Exchange::give_up() {
  if (!done_) return;
  const Done done = std::exchange(done_, nullptr);
  close();
  done(error_response(504, "DEADLINE_EXCEEDED", url_.origin + " does not answer in time; is the host up?"));
}

void Exchange::close() {
  Failure ignored;
  server_.close(ignored);
  resolver_.cancel();
  timer_.cancel();
}

void Exchange::set_deadline(Duration in) {
  timer_.expires_after(std::chrono::milliseconds(in.ms));
  timer_.async_wait([this, self = shared_from_this()](const Failure& error) {
    if (!error) give_up();
  });
}

}  // namespace aurora::net

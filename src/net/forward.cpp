#include "net/forward.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "net/guard.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr uint32_t kHeadBytesMax = 16u << 10;

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string bytes_of(const Url& url, const ForwardedRequest& request) {
  std::string bytes = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  return bytes + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

}  // namespace

Forward::Forward(asio::io_context& io, Url url, ForwardedRequest request, std::shared_ptr<void> place)
    : url_(std::move(url)),
      request_(std::move(request)),
      bytes_(bytes_of(url_, request_)),
      place_(std::move(place)),
      resolver_(io),
      server_(io),
      timer_(io) {
  parser_.header_limit(kHeadBytesMax);
  parser_.body_limit(request_.answer_bytes_max);
}

void Forward::begin(Answer answer) {
  answer_ = std::move(answer);
  set_deadline(request_.connect_timeout);
  const auto self = shared_from_this();
  resolver_.async_resolve(url_.host, url_.port, [this, self](const Failure& error, const auto& addresses) {
    if (!answer_) return;
    if (error) return fail(503, "has no address: " + error.message());
    asio::async_connect(server_, addresses, [this, self](const Failure& failed, const auto&) {
      if (!answer_) return;
      if (failed) return fail(503, "does not accept connections: " + failed.message());
      send();
    });
  });
}

void Forward::send() {
  Failure ignored;
  server_.set_option(asio::ip::tcp::no_delay(true), ignored);
  set_deadline(request_.answer_timeout);
  asio::async_write(server_, asio::buffer(bytes_), [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!answer_) return;
    if (error) return fail(503, "has closed the connection: " + error.message());
    read();
  });
}

void Forward::read() {
  http::async_read_header(server_, read_, parser_, [this, self = shared_from_this()](const Failure& error, size_t) {
    if (!answer_) return;
    if (error) return fail_to_read(error);
    if (parser_.content_length().value_or(0) > request_.answer_bytes_max) return fail_to_read(http::error::body_limit);
    http::async_read(server_, read_, parser_, [this, self](const Failure& cut_off, size_t) {
      if (!answer_) return;
      if (cut_off) return fail_to_read(cut_off);
      pass_answer();
    });
  });
}

void Forward::fail_to_read(const Failure& error) {
  if (error == http::error::body_limit) return fail(503, "answers with more than " + std::to_string(request_.answer_bytes_max) + " bytes");
  fail(503, "gave no whole answer: " + error.message());
}

void Forward::pass_answer() {
  auto& answer = parser_.get();
  Response response{.status = static_cast<int>(answer.result_int()),
                    .content_type = text_of(answer[http::field::content_type]),
                    .body = std::move(answer.body())};
  // Browsers ask a person for the secret that the server behind wants, and send it along from then on.
  for (const char* name : {"WWW-Authenticate", "Retry-After"}) {
    const std::string value = text_of(answer[name]);
    if (!value.empty()) response.headers.emplace(name, value);
  }
  const Answer give = std::exchange(answer_, nullptr);
  end();
  give(std::move(response));
}

void Forward::stop() { fail(503, "was not asked: this server stops"); }

void Forward::fail(int status, const std::string& what) {
  if (!answer_) return;
  const Answer give = std::exchange(answer_, nullptr);
  end();
  give(error_response(status, status == 504 ? "DEADLINE_EXCEEDED" : "UNAVAILABLE", url_.origin + " " + what));
}

void Forward::end() {
  Failure ignored;
  server_.close(ignored);
  resolver_.cancel();
  timer_.cancel();
}

void Forward::set_deadline(Duration in) {
  timer_.expires_after(std::chrono::milliseconds(in.ms));
  timer_.async_wait([this, self = shared_from_this()](const Failure& error) {
    if (!error) fail(504, "does not answer in time; is the host up?");
  });
}

}  // namespace aurora::net

// A request that is sent on to another server, until its answer is whole, or is an upgrade, whose connection may then be
// taken. Each step has its deadline and the answer its bound, however it is framed. Used on the thread of its io_context
// only; alive as long as something of it is in progress there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/time.h"
#include "aurora/net/http.h"
#include "net/url.h"

namespace aurora::net {

struct ExchangeLimits {
  Duration connect_timeout = seconds(2);
  Duration answer_timeout = seconds(10);  // for all that follows
  uint64_t answer_bytes_max = 64u << 10;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // `request`: its head and body, as they are sent. REQUIRES: `url` is not secure.
  Exchange(boost::asio::io_context& io, Url url, std::string request, const ExchangeLimits& limits);

  // `done` is called once: with nothing when there is an answer, else with what to say instead (503, 504).
  using Done = std::function<void(std::optional<Response> failure)>;
  void begin(Done done);
  void stop();  // 503, if nothing was said yet

  // REQUIRES of the following: there is an answer.
  int status() const { return static_cast<int>(parser_.get().result_int()); }
  std::string header(const char* name) const;  // empty: it has none
  std::string take_body() { return std::move(parser_.get().body()); }
  bool is_upgrade() const;
  Socket take_socket() { return std::move(server_); }  // of an upgrade
  std::string take_rest();                             // what has come behind its head
  Response unavailable(const std::string& what) const;  // 503: the other server "does this"

 private:
  using Failure = boost::system::error_code;

  void send();
  void read_head();
  void read_body();
  bool is_too_long() const;
  void refuse_length();
  void finish();
  void fail(const std::string& what);
  void give_up();
  void close();
  void set_deadline(Duration in);

  const Url url_;
  const std::string request_;
  const ExchangeLimits limits_;
  boost::asio::ip::tcp::resolver resolver_;
  Socket server_;
  boost::asio::steady_timer timer_;
  Done done_;
  boost::beast::flat_buffer read_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
};

}  // namespace aurora::net

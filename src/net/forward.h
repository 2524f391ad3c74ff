// A request that is passed on to another server, and its answer, which is kept until all of it is there. Used on the
// thread of its io_context only; alive as long as something of it is in progress there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "aurora/net/forwards.h"
#include "net/url.h"

namespace aurora::net {

class Forward : public std::enable_shared_from_this<Forward> {
 public:
  Forward(boost::asio::io_context& io, Url url, ForwardedRequest request, std::shared_ptr<void> place);

  using Answer = std::function<void(Response)>;
  void begin(Answer answer);
  void stop();

 private:
  using Failure = boost::system::error_code;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void send();
  void read();
  void fail_to_read(const Failure& error);
  void pass_answer();
  void fail(int status, const std::string& what);
  void end();
  void set_deadline(Duration in);

  const Url url_;
  const ForwardedRequest request_;
  const std::string bytes_;  // of the request
  const std::shared_ptr<void> place_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket server_;
  boost::asio::steady_timer timer_;
  Answer answer_;
  boost::beast::flat_buffer read_;
  Parser parser_;
};

}  // namespace aurora::net

// An opening that is passed on to another server, and the bytes of both afterwards, which nobody here reads.
// Used on the thread of its io_context only; alive as long as something of it is in progress there, or its
// answer waits to be used.
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
#include <vector>

#include "aurora/net/web_sockets.h"
#include "net/url.h"

namespace aurora::net {

class Relay : public std::enable_shared_from_this<Relay> {
 public:
  // `request`: the head to be sent there.
  Relay(boost::asio::io_context& io, Url url, std::string request, const RelayTarget& target,
        const WebSocketLimits& limits, WebSockets::Place place);

  using Answer = std::function<void(Response)>;
  void begin(Answer answer);
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Failure = boost::system::error_code;
  using Socket = boost::asio::ip::tcp::socket;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
  struct Direction {  // what came from one side and has not been taken by the other
    Socket& from;
    Socket& to;
    std::vector<char> bytes = {};
    bool is_over = false;
  };

  void send_request();
  void pass_refusal();
  void pass_upgrade();
  void fail(int status, const std::string& what);
  void take_over(Descriptor socket);
  void move(Direction& direction);
  void write(Direction& direction, size_t size);
  void end(Direction& direction);
  void end();  // both connections are closed
  void set_deadline(Duration in, void (Relay::*late)());
  void watch_for_break();
  void say_late();
  void look();

  const Url url_;
  const std::string request_;
  const RelayTarget target_;
  const WebSocketLimits limits_;
  const WebSockets::Place place_;
  boost::asio::ip::tcp::resolver resolver_;
  Socket server_;
  Socket client_;
  boost::asio::steady_timer timer_;
  Answer answer_;
  boost::beast::flat_buffer read_;
  std::optional<Parser> parser_;
  Direction to_client_{server_, client_};
  Direction to_server_{client_, server_};
  Clock::time_point moved_;
};

}  // namespace aurora::net

// An opening that is passed on to another server, and the bytes of both afterwards, which nobody here reads.
// Used on the thread of its io_context only; alive as long as something of it is in progress there, or its
// answer waits to be used.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aurora/net/web_sockets.h"
#include "net/exchange.h"
#include "net/session_thread.h"

namespace aurora::net {

class Relay : public Session, public std::enable_shared_from_this<Relay> {
 public:
  // `request`: the head to be sent there.
  Relay(boost::asio::io_context& io, const Url& url, std::string request, const RelayTarget& target,
        const WebSocketLimits& limits, WebSockets::Place place);

  using Answer = std::function<void(Response)>;
  void begin(Answer answer);
  void stop() override;

 private:
  using Clock = std::chrono::steady_clock;
  using Failure = boost::system::error_code;
  using Socket = boost::asio::ip::tcp::socket;
  struct Direction {  // what came from one side and has not been taken by the other
    Socket& from;
    Socket& to;
    std::vector<char> bytes = {};
    bool is_over = false;
  };

  Response refusal();
  Response upgrade();
  void take_over(Descriptor socket);
  void move(Direction& direction);
  void write(Direction& direction, size_t size);
  void end(Direction& direction);
  void end();  // both connections are closed
  void set_deadline(Duration in, void (Relay::*late)());
  void watch_for_break();
  void look();

  const std::shared_ptr<Exchange> exchange_;
  const WebSocketLimits limits_;
  const WebSockets::Place place_;
  Socket server_;
  Socket client_;
  boost::asio::steady_timer timer_;
  Direction to_client_{server_, client_};
  Direction to_server_{client_, server_};
  Clock::time_point moved_;
};

}  // namespace aurora::net

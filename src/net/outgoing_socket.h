// One WebSocket that this process has opened, or opens. What is public is for any thread; the rest happens on the thread
// of its io_context, and it lives as long as something of it is in progress there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "aurora/net/web_socket_client.h"
#include "net/url.h"

namespace aurora::net {

class OutgoingSocket {
 public:
  OutgoingSocket(WebSocketClientLimits limits, std::function<void()> on_event)
      : limits_(limits), on_event_(std::move(on_event)) {}
  virtual ~OutgoingSocket() = default;
  OutgoingSocket(const OutgoingSocket&) = delete;
  OutgoingSocket& operator=(const OutgoingSocket&) = delete;

  bool is_open() const;
  std::optional<std::string> take();
  void send(std::string message);
  size_t unsent_bytes() const;
  std::optional<WebSocketEnd> find_end() const;
  virtual void begin() = 0;
  virtual void close() = 0;
  virtual void drop() = 0;

 protected:
  virtual void ask_to_read() = 0;   // posts: there may be room again
  virtual void ask_to_write() = 0;  // posts: there may be something to send

  void set_open();
  void add_received(std::string message);
  bool has_room() const;
  std::optional<std::string> next_unsent();
  void forget_sent(size_t bytes);  // until then it counts as unsent
  void end(WebSocketEnd how);  // the first counts
  bool is_over() const;

  const WebSocketClientLimits limits_;

 private:
  const std::function<void()> on_event_;
  mutable std::mutex mutex_;  // around all that follows
  bool is_open_ = false;
  std::deque<std::string> received_;
  size_t received_bytes_ = 0;
  std::deque<std::string> unsent_;
  size_t unsent_bytes_ = 0;
  std::optional<WebSocketEnd> end_;
};

struct OutgoingSetup {
  Url url;
  WebSocketRequest request;
  WebSocketClientLimits limits;
  std::function<void()> on_event;
};
std::shared_ptr<OutgoingSocket> make_plain_socket(boost::asio::io_context& io, OutgoingSetup setup);
std::shared_ptr<OutgoingSocket> make_tls_socket(boost::asio::io_context& io, boost::asio::ssl::context& tls,
                                                OutgoingSetup setup);
// One that is over before it began.
std::shared_ptr<OutgoingSocket> make_stillborn_socket(const std::string& why);

}  // namespace aurora::net

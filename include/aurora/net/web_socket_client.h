// WebSockets (RFC 6455) that this process opens at servers of others. One thread moves the bytes of all. Nothing more is
// read from a server before enough of what came was taken; a server that is silent is asked whether it is there.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/time.h"
#include "aurora/net/http.h"

namespace aurora::net {

struct WebSocketRequest {
  std::string url;  // http:// or https://host:port/path?query
  std::multimap<std::string, std::string> headers = {};
  Duration connect_timeout = seconds(5);  // for the name, the connection and TLS together
  Duration answer_timeout = seconds(30);  // afterwards
};

struct WebSocketClientLimits {
  size_t message_bytes_max = 1u << 20;  // of the server; a longer one ends the connection
  size_t untaken_bytes_max = 1u << 20;  // of messages that wait for take(); above it the server is not read
  Duration silence_max = seconds(15);   // of the server, until it is pinged; twice as long again, and it is gone
  Duration goodbye_max = seconds(2);    // for the server's part of closing
};

struct WebSocketEnd {
  std::optional<Response> refusal = {};  // an answer that is no WebSocket
  bool was_open = false;
  int code = 0;      // of the server's close; 0: it sent none
  std::string text = {};  // the server's words, or what went wrong
};

class OutgoingSocket;

// One of them. Dropping it breaks the connection off. REQUIRES: its WebSocketClients lives.
class WebSocketClient {
 public:
  explicit WebSocketClient(std::shared_ptr<OutgoingSocket> socket) : socket_(std::move(socket)) {}
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  bool is_open() const;               // the server has agreed; it may be over by now
  std::optional<std::string> take();  // the oldest message that has come and was not taken
  // As one binary message. Never waits: whoever has much to send looks at unsent_bytes(). Dropped once it is over.
  void send(std::string message);
  size_t unsent_bytes() const;
  void close();  // in good order (1000), behind what is unsent
  // Once it is over and all that came was taken.
  std::optional<WebSocketEnd> find_end() const;

 private:
  std::shared_ptr<OutgoingSocket> socket_;
};

class WebSocketClients {
 public:
  explicit WebSocketClients(WebSocketClientLimits limits = {});
  ~WebSocketClients();  // breaks off those that are open
  WebSocketClients(const WebSocketClients&) = delete;
  WebSocketClients& operator=(const WebSocketClients&) = delete;

  // Never waits; what came of it is seen at the client.
  std::unique_ptr<WebSocketClient> open(const WebSocketRequest& request);

  // Readable once something has happened to one of them - a message, room to send, the opening, the end - since
  // the last forget_events().
  int events() const;
  void forget_events();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::net

// The executors' side of a listening socket: one for all of them, since every 127.x.y.z is this machine. A request is
// answered within its callback.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "farm/event_loop.h"
#include "farm/http_reader.h"

namespace aurora::farm {

struct HttpAnswer {
  int status = 200;
  std::string body = "{}";
};

class HttpListener final : public Watcher {
 public:
  // `host`: the address that was asked.
  using Handler = std::function<HttpAnswer(in_addr host, const HttpMessage& request)>;
  HttpListener(EventLoop& loop, int port, Duration idle_timeout, Handler handler);
  ~HttpListener() override;

  bool is_open() const { return socket_ >= 0; }
  int port() const { return port_; }
  int64_t accepted() const { return accepted_; }
  // Connections that the kernel has dropped because accept() came too late, since the start.
  int64_t drops() const;

 private:
  class Guest;
  void on_events(uint32_t events) override;
  void expire();

  EventLoop& loop_;
  const Duration idle_timeout_;
  const Handler handler_;
  int socket_ = -1;
  int port_ = 0;
  int64_t accepted_ = 0;
  std::unordered_map<int, std::unique_ptr<Guest>> guests_;
};

}  // namespace aurora::farm

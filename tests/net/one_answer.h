// A server for one connection, which gets these bytes whatever it asks: once, or the last of them until it is closed.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "aurora/net/descriptor.h"

namespace aurora::net {

class OneAnswer {
 public:
  OneAnswer(std::string head, std::string body, bool is_endless) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_.get(), 1) == 0);
    REQUIRE(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, head = std::move(head), body = std::move(body), is_endless] {
      const Descriptor client(accept(listener_.get(), nullptr, nullptr));
      char question[4'096];
      if (recv(client.get(), question, sizeof question, 0) <= 0) return;
      bool goes_on = say(client, head);
      do goes_on = goes_on && say(client, body);
      while (is_endless && goes_on);
    });
  }
  ~OneAnswer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  int port() const { return port_; }

 private:
  static bool say(const Descriptor& client, const std::string& text) {
    return send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  Descriptor listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace aurora::net

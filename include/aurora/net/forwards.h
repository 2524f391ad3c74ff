// Requests that other servers answer in our place. One thread moves the bytes of all, so that none waits for another and no
// thread of a server for any. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "aurora/base/time.h"
#include "aurora/net/http.h"

namespace aurora::net {

struct ForwardedRequest {
  std::string method = "GET";
  std::string url = {};  // http://host:port/path?query
  std::multimap<std::string, std::string> headers = {};
  std::string body = {};
  Duration connect_timeout = seconds(2);
  Duration answer_timeout = seconds(10);  // for the whole of it
  size_t answer_bytes_max = 8u << 20;
};

class Forwards {
 public:
  explicit Forwards(size_t at_once_max = 32);
  ~Forwards();  // stops
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  // What the server behind answers: status, body, its type, and what it wants to be told by whom. 503 and 504: it did not
  // answer. 429: there are at_once_max.
  Response forward(const ForwardedRequest& request);
  // Who waits is answered with 503, as is who comes later.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aurora::net

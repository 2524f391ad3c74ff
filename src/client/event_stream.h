// Server-sent events (WHATWG HTML), as they arrive in pieces. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace aurora::client {

struct ServerEvent {
  std::string id;    // the last one that was given, also by an event before
  std::string data;  // empty: only the id is told
};

class EventStreamReader {
 public:
  static constexpr size_t kEventBytesMax = 1u << 20;

  // Calls `take` with each event that is complete. False: a line or an event is longer than kEventBytesMax.
  bool add(std::string_view piece, const std::function<void(const ServerEvent&)>& take);

 private:
  void add_line(std::string_view line, const std::function<void(const ServerEvent&)>& take);

  std::string unread_;  // of a line
  std::string id_;
  std::string data_;
  bool has_some_ = false;  // fields since the last event
};

}  // namespace aurora::client

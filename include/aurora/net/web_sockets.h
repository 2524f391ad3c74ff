// Connections that have become WebSockets (RFC 6455), and what flows through them. One thread moves the bytes
// of all. Nothing more is read from one side before the other has taken what was read (of a peer's messages:
// all but input_bytes_max), so whoever does not read keeps only its own session waiting. A peer that is
// silent is asked whether it is there. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/net/descriptor.h"
#include "aurora/net/http.h"

namespace aurora::net {

// The answer to a request that does not open a WebSocket as it should: 426 or 400, with what to do. Pure.
std::optional<Response> refuse_opening(const Request& request);

struct WebSocketLimits {
  size_t sessions_max = 64;
  size_t message_bytes_max = 64u << 10;  // of the peer; a longer one ends the session with 1009
  size_t input_bytes_max = 64u << 10;    // of what waits for a reader; above it the peer is not read
  Duration silence_max = seconds(15);    // of the peer, until it is pinged; as long again, and it is gone
  Duration untaken_max = minutes(10);    // a peer that takes nothing of what is sent is gone after that
  Duration goodbye_max = seconds(5);     // for the end: closing, and outputs that somebody else holds open
  // What was sent and may still be on its way to a peer makes silence_max and goodbye_max longer at this
  // rate.
  uint64_t slowest_bytes_per_second = 16u << 10;
};

// What a WebSocket may carry: several streams of bytes. Every message is binary; its first byte is the number
// of its stream.
class Carrier;
class StreamSession {  // a handle; does nothing once the session is over
 public:
  explicit StreamSession(std::weak_ptr<Carrier> carrier) : carrier_(std::move(carrier)) {}
  void write_input(std::string bytes) const;  // as if the peer had sent it
  void close_input() const;                   // once what has arrived is written
  // Sends no more of them until told so; for as long as untaken_max, and while the peer's input is taken.
  void hold_outputs(bool held) const;
  // `last`: sent under kControl once the outputs have ended, after goodbye_max at the latest; once the peer
  // has taken all (it answers a ping behind it), it closes.
  void finish(std::string last) const;

 private:
  std::weak_ptr<Carrier> carrier_;
};
struct Streams {
  static constexpr uint8_t kInput = 0;
  static constexpr uint8_t kControl = 3;
  struct Output {
    uint8_t number = 1;
    Descriptor from;  // is read to its end; an error is an end, too
  };
  Descriptor input;  // takes what arrives under kInput; what it does not take any more is dropped
  std::vector<Output> outputs;
  // All are called on the thread of all sessions, so they must not wait.
  std::function<void(const StreamSession&)> on_begin;
  // A message under kControl. An Error ends the session, and the peer is told its message.
  std::function<Status(const StreamSession&, std::string_view)> on_control;
  std::function<void(const std::string& why)> on_end;  // once, also when it never began
};

// Where an opening is passed on to.
struct RelayTarget {
  std::string url;  // http://host:port/path?query
  std::multimap<std::string, std::string> headers = {};
  Duration connect_timeout = seconds(2);
  Duration answer_timeout = seconds(10);
};

class WebSockets {
 public:
  explicit WebSockets(WebSocketLimits limits = {});
  ~WebSockets();  // stops
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  // Taken by a session until its end. ResourceExhausted: there are sessions_max.
  using Place = std::shared_ptr<void>;
  Result<Place> take_place();

  // Answers for a route that upgrades. REQUIRES: the opening was not refused.
  Response carry(Place place, const Request& opening, Streams streams);
  // What the server behind answers, if that is no WebSocket; else its bytes, both ways, unread.
  Response relay(Place place, const Request& opening, RelayTarget target);

  // Peers are told that this server stops; what comes later is refused.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aurora::net

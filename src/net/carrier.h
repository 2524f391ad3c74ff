// One WebSocket and the streams that it carries. Used on the thread of its io_context only; alive as long as
// something of it is in progress there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aurora/net/web_sockets.h"
#include "net/session_thread.h"

namespace aurora::net {

// What is behind a WebSocket that may never come to be: then, too, it is told of the end.
struct Behind {
  explicit Behind(Streams the_streams) : streams(std::move(the_streams)) {}
  ~Behind() { end("the connection was closed before it had become a WebSocket"); }
  Behind(const Behind&) = delete;
  Behind& operator=(const Behind&) = delete;
  void end(const std::string& why) {
    if (const auto on_end = std::exchange(streams.on_end, nullptr)) on_end(why);
  }

  Streams streams;
};

class Carrier : public Session, public std::enable_shared_from_this<Carrier> {
 public:
  // `key`: Sec-WebSocket-Key of the opening. `place`: kept until the end.
  Carrier(boost::asio::io_context& io, Descriptor socket, std::shared_ptr<Behind> behind,
          const WebSocketLimits& limits, WebSockets::Place place);

  void begin(const std::string& key);
  void write_input(std::string_view bytes);
  void close_input();
  void hold_outputs(bool held);
  void finish(std::string last);
  void stop() override;  // tells the peer so

  // On the carrier's thread: at once if this is it, so that what a message asks for is done before the next is taken;
  // else later. Nothing happens if it is gone by then.
  static void act(const std::weak_ptr<Carrier>& carrier, std::function<void(Carrier&)> action);

 private:
  using Clock = std::chrono::steady_clock;
  using Failure = boost::system::error_code;
  using Peer = boost::beast::websocket::stream<boost::asio::ip::tcp::socket, false>;  // nothing is compressed
  struct Output {
    uint8_t number;
    boost::asio::posix::stream_descriptor from;
    bool may_have_bytes = false;  // else it is being watched
  };
  enum class Filled { Bytes, Nothing, End };

  // The peer's messages.
  void read_next();
  void read_on();  // unless there is too much that nobody has taken
  void take_message();
  void flush_input();
  // What is for the peer.
  void pump();
  Filled fill(Output& output);
  void watch(Output& output);
  void send(boost::asio::const_buffer message);
  void send_last();
  // What the peer has taken of it.
  void ping();
  void take_receipt(std::string_view text);
  void ask_for_receipt();
  Clock::duration time_to_take() const;  // at the slowest, what may still be on its way
  // The end.
  void close(boost::beast::websocket::close_code code, const std::string& why);
  void end(const std::string& why);
  void tick();
  void look_at_peer();
  void watch_for_break();

  template <typename Handler>
  auto with_self(Handler handler) {
    return [self = shared_from_this(), handler = std::move(handler)](const Failure& error,
                                                                     auto&&...) mutable { handler(error); };
  }

  const WebSocketLimits limits_;
  const WebSockets::Place place_;
  const std::shared_ptr<Behind> behind_;
  Peer peer_;

  boost::beast::flat_buffer message_;
  bool is_reading_ = false;
  Clock::time_point heard_ = Clock::now();
  bool is_pinged_ = false;   // and has not been heard since
  bool is_pinging_ = false;  // a ping is on its way out

  boost::asio::posix::stream_descriptor input_;
  std::string unwritten_;  // of what is for input_
  bool is_writing_input_ = false;
  bool input_ends_ = false;

  std::deque<Output> outputs_;
  size_t turn_ = 0;          // of outputs_
  std::vector<char> frame_;  // on its way to the peer, or free
  size_t frame_bytes_ = 0;   // of it
  bool is_sending_ = false;
  Clock::time_point sending_since_;
  uint64_t sent_bytes_ = 0;
  uint64_t taken_bytes_ = 0;  // of them, for sure

  std::optional<Clock::time_point> held_since_;  // the peer takes no more for now

  std::optional<std::string> last_;
  Clock::time_point last_since_;
  bool has_sent_last_ = false;
  std::optional<Clock::time_point> last_sent_since_;  // and not yet taken
  bool is_accepted_ = false;
  std::optional<std::pair<boost::beast::websocket::close_code, std::string>> close_wanted_;  // before it was accepted
  bool is_closing_ = false;
  Clock::time_point closing_since_;
  bool is_over_ = false;
  boost::asio::steady_timer timer_;
};

}  // namespace aurora::net

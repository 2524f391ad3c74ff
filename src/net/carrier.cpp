#include "net/carrier.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>

namespace aurora::net {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using std::chrono::milliseconds;

constexpr size_t kFrameBytes = 64u << 10;
constexpr size_t kReasonBytesMax = 123;  // of a close frame
constexpr const char* kHasEnded = "it has ended";

void make_unblocking(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

asio::ip::tcp::socket socket_of(asio::io_context& io, Descriptor socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
  asio::ip::tcp::socket taken(io);
  taken.assign(own.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket.get());
  socket.release();
  return taken;
}

asio::posix::stream_descriptor descriptor_of(asio::io_context& io, Descriptor descriptor) {
  asio::posix::stream_descriptor taken(io);
  if (!descriptor.is_open()) return taken;
  make_unblocking(descriptor.get());
  taken.assign(descriptor.get());
  descriptor.release();
  return taken;
}

// Reset, or closed by both sides.
bool is_broken(int socket) {
  pollfd watched{.fd = socket, .events = 0, .revents = 0};
  return poll(&watched, 1, 0) > 0;
}

bool is_busy() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

void StreamSession::write_input(std::string bytes) const {
  Carrier::act(carrier_, [bytes = std::move(bytes)](Carrier& carrier) { carrier.write_input(bytes); });
}

void StreamSession::close_input() const {
  Carrier::act(carrier_, [](Carrier& carrier) { carrier.close_input(); });
}

void StreamSession::hold_outputs(bool held) const {
  Carrier::act(carrier_, [held](Carrier& carrier) { carrier.hold_outputs(held); });
}

void StreamSession::finish(std::string last) const {
  Carrier::act(carrier_, [last = std::move(last)](Carrier& carrier) { carrier.finish(last); });
}

Carrier::Carrier(asio::io_context& io, Descriptor socket, std::shared_ptr<Behind> behind,
                 const WebSocketLimits& limits, WebSockets::Place place)
    : limits_(limits),
      place_(std::move(place)),
      behind_(std::move(behind)),
      peer_(socket_of(io, std::move(socket))),
      message_(limits.message_bytes_max + kFrameBytes),  // Beast reads ahead
      input_(descriptor_of(io, std::move(behind_->streams.input))),
      timer_(io) {
  for (Streams::Output& output : behind_->streams.outputs)
    outputs_.push_back({output.number, descriptor_of(io, std::move(output.from))});
}

void Carrier::act(const std::weak_ptr<Carrier>& carrier, std::function<void(Carrier&)> action) {
  const std::shared_ptr<Carrier> locked = carrier.lock();
  if (!locked) return;
  asio::dispatch(locked->timer_.get_executor(), [carrier, action = std::move(action)] {
    if (const auto still_there = carrier.lock(); still_there && !still_there->is_over_) action(*still_there);
  });
}

void Carrier::begin(const std::string& key) {
  peer_.set_option(websocket::stream_base::timeout{.handshake_timeout = milliseconds(limits_.goodbye_max.ms),
                                                   .idle_timeout = websocket::stream_base::none(),
                                                   .keep_alive_pings = false});
  peer_.set_option(websocket::stream_base::decorator(
      [](websocket::response_type& answer) { answer.set(boost::beast::http::field::server, "aurora"); }));
  peer_.read_message_max(limits_.message_bytes_max);
  peer_.auto_fragment(false);
  peer_.binary(true);
  peer_.control_callback([this](websocket::frame_type kind, boost::beast::string_view text) {
    heard_ = Clock::now();
    is_pinged_ = false;
    if (kind == websocket::frame_type::close) behind_->end("the client has closed the connection");
    if (kind == websocket::frame_type::pong) take_receipt({text.data(), text.size()});
  });
  boost::beast::http::request<boost::beast::http::empty_body> opening(boost::beast::http::verb::get, "/", 11);
  using Field = boost::beast::http::field;
  opening.set(Field::host, "here");
  opening.set(Field::connection, "upgrade");
  opening.set(Field::upgrade, "websocket");
  opening.set(Field::sec_websocket_version, "13");
  opening.set(Field::sec_websocket_key, key);
  peer_.async_accept(opening, with_self([this](const Failure& error) {
                       if (error) return end("the WebSocket was not opened: " + error.message());
                       if (is_over_) return;
                       is_accepted_ = true;
                       if (close_wanted_) return close(close_wanted_->first, close_wanted_->second);
                       const StreamSession session(weak_from_this());
                       if (behind_->streams.on_begin) behind_->streams.on_begin(session);
                       for (Output& output : outputs_) output.may_have_bytes = true;
                       read_next();
                       pump();
                     }));
  watch_for_break();
  tick();
}

// --- The peer's messages.

// Not while it is being closed: who closes reads, too, and of two who read at once one may wait for ever.
void Carrier::read_next() {
  if (is_reading_ || is_closing_ || is_over_) return;
  is_reading_ = true;
  heard_ =
      std::max(heard_, Clock::now() - milliseconds(limits_.silence_max.ms));  // it was not read meanwhile
  peer_.async_read(message_, with_self([this](const Failure& error) {
                     is_reading_ = false;
                     if (error == websocket::error::closed)
                       return end("the client has closed the connection");
                     if (error) return end("the connection to the client is broken: " + error.message());
                     heard_ = Clock::now();
                     is_pinged_ = false;
                     take_message();
                     message_.consume(message_.size());
                     read_on();
                   }));
}

// What is behind too much input is not heard, so a hold of the outputs ends with it: whoever takes the input may wait
// for somebody to take what it says to that.
void Carrier::read_on() {
  if (unwritten_.size() <= limits_.input_bytes_max) return read_next();
  hold_outputs(false);
}

void Carrier::take_message() {
  if (is_over_ || is_closing_) return;
  const std::string_view bytes(static_cast<const char*>(message_.data().data()), message_.size());
  if (!peer_.got_binary())
    return close(websocket::close_code::unknown_data, "Messages are binary here; this one is text");
  if (bytes.empty())
    return close(websocket::close_code::policy_error, "A message begins with the number of its stream");
  const auto number = static_cast<uint8_t>(bytes.front());
  if (number == Streams::kInput) return write_input(bytes.substr(1));
  if (number != Streams::kControl) {
    return close(websocket::close_code::policy_error,
                 "A client writes to streams " + std::to_string(Streams::kInput) + " and " +
                     std::to_string(Streams::kControl) + ", not " + std::to_string(number));
  }
  const StreamSession session(weak_from_this());
  const Status taken = behind_->streams.on_control(session, bytes.substr(1));
  if (!taken.ok()) close(websocket::close_code::policy_error, taken.error().message);
}

void Carrier::write_input(std::string_view bytes) {
  if (!input_.is_open() || input_ends_) return;  // nobody reads it any more
  unwritten_ += bytes;
  flush_input();
}

void Carrier::close_input() {
  input_ends_ = true;
  flush_input();
}

void Carrier::flush_input() {
  if (!input_.is_open() || is_writing_input_) return;
  size_t written = 0;
  bool is_full = false;
  while (written < unwritten_.size() && !is_full) {
    const ssize_t count =
        ::write(input_.native_handle(), unwritten_.data() + written, unwritten_.size() - written);
    if (count >= 0) {
      written += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      is_full = is_busy();
      if (!is_full) {
        input_ends_ = true;
        written = unwritten_.size();
      }
    }
  }
  unwritten_.erase(0, written);
  if (unwritten_.empty()) {
    std::string().swap(unwritten_);
    Failure ignored;
    if (input_ends_) input_.close(ignored);
    return;
  }
  is_writing_input_ = true;
  input_.async_wait(asio::posix::stream_descriptor::wait_write, with_self([this](const Failure& error) {
                      is_writing_input_ = false;
                      if (is_over_) return;
                      if (error) unwritten_.clear();
                      flush_input();
                      read_on();
                    }));
}

// --- What is for the peer: one frame at a time, of each output in turn.

void Carrier::pump() {
  if (is_sending_ || held_since_ || has_sent_last_ || is_closing_ || is_over_) return;
  for (size_t tried = 0; tried < outputs_.size(); ++tried) {
    Output& output = outputs_[turn_++ % outputs_.size()];
    if (!output.may_have_bytes) continue;
    switch (fill(output)) {
      case Filled::Bytes:
        return send(asio::buffer(frame_.data(), frame_bytes_));
      case Filled::Nothing:
        watch(output);
        break;
      case Filled::End:
        output.may_have_bytes = false;
        Failure ignored;
        output.from.close(ignored);
        break;
    }
  }
  send_last();
}

Carrier::Filled Carrier::fill(Output& output) {
  frame_.resize(1 + kFrameBytes);
  frame_[0] = static_cast<char>(output.number);
  frame_bytes_ = 1;
  bool is_end = false;
  while (frame_bytes_ < frame_.size()) {
    const ssize_t count =
        ::read(output.from.native_handle(), frame_.data() + frame_bytes_, frame_.size() - frame_bytes_);
    if (count < 0 && errno == EINTR) continue;
    is_end = count == 0 || (count < 0 && !is_busy());  // a terminal that nobody has open any more fails
    if (count <= 0) break;
    frame_bytes_ += static_cast<size_t>(count);
  }
  if (frame_bytes_ > 1) return Filled::Bytes;
  return is_end ? Filled::End : Filled::Nothing;
}

void Carrier::watch(Output& output) {
  output.may_have_bytes = false;
  output.from.async_wait(asio::posix::stream_descriptor::wait_read,
                         with_self([this, &output](const Failure&) {
                           if (is_over_) return;
                           output.may_have_bytes = output.from.is_open();
                           pump();
                         }));
}

void Carrier::send(asio::const_buffer message) {
  is_sending_ = true;
  sending_since_ = Clock::now();
  peer_.async_write(message, with_self([this, size = message.size()](const Failure& error) {
                      is_sending_ = false;
                      if (error) return end("the connection to the client is broken: " + error.message());
                      sent_bytes_ += size;
                      if (has_sent_last_) return ask_for_receipt();
                      pump();
                    }));
}

void Carrier::hold_outputs(bool held) {
  if (held == held_since_.has_value()) return;
  held_since_ = held ? std::optional(Clock::now()) : std::nullopt;
  if (held) return;
  last_since_ = Clock::now();
  pump();
}

void Carrier::finish(std::string last) {
  if (last_) return;
  last_ = std::move(last);
  last_since_ = Clock::now();
  timer_.cancel();  // tick() sees to it that this is not for ever
  pump();
}

void Carrier::send_last() {
  if (!last_ || has_sent_last_) return;
  const bool is_late = Clock::now() >= last_since_ + milliseconds(limits_.goodbye_max.ms);
  const bool has_more = std::any_of(outputs_.begin(), outputs_.end(),
                                    [](const Output& output) { return output.from.is_open(); });
  if (has_more && !is_late) return;
  has_sent_last_ = true;
  last_->insert(last_->begin(), static_cast<char>(Streams::kControl));
  send(asio::buffer(*last_));
}

// --- What the peer has taken: written is only what the kernel has, and others on the way. A peer answers a
// ping when it has read all that was before it, so the answer is a receipt.

void Carrier::ping() {
  if (std::exchange(is_pinging_, true)) return;
  const uint64_t sent = sent_bytes_;
  peer_.async_ping(websocket::ping_data(std::to_string(sent)), with_self([this, sent](const Failure&) {
                     is_pinging_ = false;
                     if (is_over_ || is_closing_) return;
                     if (last_sent_since_ && sent < sent_bytes_) ping();
                   }));
}

void Carrier::take_receipt(std::string_view text) {
  uint64_t taken = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), taken);
  if (error != std::errc() || end != text.data() + text.size() || taken > sent_bytes_) return;
  taken_bytes_ = std::max(taken_bytes_, taken);
  if (!last_sent_since_ || taken_bytes_ < sent_bytes_) return;
  // Later: Beast does not expect it here, in the middle of its reading.
  asio::post(timer_.get_executor(),
             [self = shared_from_this()] { self->close(websocket::close_code::normal, kHasEnded); });
}

Carrier::Clock::duration Carrier::time_to_take() const {
  const std::chrono::seconds needed((sent_bytes_ - taken_bytes_) / limits_.slowest_bytes_per_second);
  return std::min<Clock::duration>(needed, milliseconds(limits_.untaken_max.ms));
}

// A close that comes too soon could cut off what is still on its way.
void Carrier::ask_for_receipt() {
  last_sent_since_ = Clock::now();
  unwritten_.clear();  // who would read it has ended
  ping();
  read_next();
}

// --- The end.

void Carrier::close(websocket::close_code code, const std::string& why) {
  if (is_closing_ || is_over_) return;
  // Before that Beast does not know which side we are, and the peer would get a frame of a client.
  if (!is_accepted_) {
    close_wanted_.emplace(code, why);
    return;
  }
  is_closing_ = true;
  closing_since_ = Clock::now();
  behind_->end(why);
  peer_.async_close({code, why.substr(0, kReasonBytesMax)},
                    with_self([this, why](const Failure&) { end(why); }));
}

void Carrier::stop() { close(websocket::close_code::going_away, "the server stops"); }

void Carrier::end(const std::string& why) {
  if (std::exchange(is_over_, true)) return;
  behind_->end(why);
  Failure ignored;
  boost::beast::get_lowest_layer(peer_).close(ignored);
  input_.close(ignored);
  for (Output& output : outputs_) output.from.close(ignored);
  timer_.cancel();
}

// Looks now and then whether this goes on.
void Carrier::tick() {
  const milliseconds pause(last_ ? limits_.goodbye_max.ms : limits_.silence_max.ms / 3);
  timer_.expires_after(pause);
  timer_.async_wait(with_self([this](const Failure&) {
    if (is_over_) return;
    look_at_peer();
    if (is_over_) return;
    pump();
    tick();
  }));
}

// One that breaks the protocol or closes is seen to by Beast, which waits for its end for ever. One that
// takes nothing cannot answer, and has its own bound. One that is not read is not heard, but a machine on
// which nobody has the connection any more says so once something is sent to it.
void Carrier::look_at_peer() {
  const Clock::time_point now = Clock::now();
  const milliseconds untaken_max(limits_.untaken_max.ms);
  if ((is_sending_ && now - sending_since_ > untaken_max) ||
      (held_since_ && now - *held_since_ > untaken_max))
    return end("the client has taken nothing for " + std::to_string(limits_.untaken_max.ms / 1000) + " s");
  const milliseconds silence(limits_.silence_max.ms);
  if (is_accepted_ && !peer_.is_open() && !is_closing_) {
    is_closing_ = true;
    closing_since_ = now;
    behind_->end("the client has closed the connection, or sent what is no message");
  }
  if (is_closing_ && now - closing_since_ > milliseconds(limits_.goodbye_max.ms))
    return end("the client does not take the end");
  if (last_sent_since_ && !is_closing_ &&
      now - *last_sent_since_ > milliseconds(limits_.goodbye_max.ms) + time_to_take())
    return close(websocket::close_code::normal, kHasEnded);
  const bool is_stuck = is_sending_ && now - sending_since_ > silence / 4;
  if (!is_reading_ || is_closing_ || is_stuck) {
    heard_ = now;
    is_pinged_ = false;
    if (!is_reading_ && !is_stuck && !is_closing_) ping();
    return;
  }
  if (now - heard_ <= silence) return;
  if (is_pinged_ && now - heard_ > 2 * silence + time_to_take()) {
    const auto unheard = std::chrono::duration_cast<std::chrono::seconds>(now - heard_);
    return end("the client has not answered for " + std::to_string(unheard.count()) + " s");
  }
  if (!std::exchange(is_pinged_, true)) ping();
}

// Also while nothing is read or written.
void Carrier::watch_for_break() {
  auto& socket = boost::beast::get_lowest_layer(peer_);
  socket.async_wait(asio::ip::tcp::socket::wait_error, with_self([this](const Failure& error) {
                      if (error || is_over_) return;
                      if (!is_broken(boost::beast::get_lowest_layer(peer_).native_handle()))
                        return watch_for_break();
                      end("the connection to the client is broken");
                    }));
}

}  // namespace aurora::net

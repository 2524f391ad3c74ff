// What OutgoingSocket does on the thread of all, over TCP and over TLS.
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "net/outgoing_socket.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Failure = boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<Tcp::socket>;

constexpr Duration kLookEvery = seconds(1);

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

Response response_of(websocket::response_type& answer) {
  Response response{.status = static_cast<int>(answer.result_int()),
                    .content_type = text_of(answer[boost::beast::http::field::content_type]),
                    .body = std::move(answer.body())};
  for (const auto& field : answer) response.headers.emplace(text_of(field.name_string()), text_of(field.value()));
  return response;
}

template <typename Stream>
class SocketOver final : public OutgoingSocket, public std::enable_shared_from_this<SocketOver<Stream>> {
 public:
  template <typename... More>
  SocketOver(asio::io_context& io, OutgoingSetup setup, More&... more)
      : OutgoingSocket(setup.limits, std::move(setup.on_event)),
        url_(std::move(setup.url)),
        request_(std::move(setup.request)),
        resolver_(io),
        timer_(io),
        stream_(io, more...) {}

  void begin() override {
    post([](SocketOver& socket) { socket.connect(); });
  }
  void close() override {
    post([](SocketOver& socket) {
      socket.closes_ = true;
      socket.write_next();
    });
  }
  void drop() override {
    post([](SocketOver& socket) { socket.finish({.text = "it was dropped here"}); });
  }

 private:
  using Peer = websocket::stream<Stream, false>;  // nothing is compressed

  void ask_to_read() override {
    post([](SocketOver& socket) { socket.read_next(); });
  }
  void ask_to_write() override {
    post([](SocketOver& socket) { socket.write_next(); });
  }
  template <typename Action>
  void post(Action action) {
    asio::post(timer_.get_executor(), [self = this->shared_from_this(), action] { action(*self); });
  }
  template <typename Handler>
  auto with_self(Handler handler) {
    return [self = this->shared_from_this(), handler](const Failure& error, auto&&...) {
      if (!self->is_over()) handler(error);
    };
  }
  Tcp::socket& lowest() { return boost::beast::get_lowest_layer(stream_); }

  // --- The opening.

  void connect() {
    if (is_over()) return;
    set_deadline(request_.connect_timeout, "does not accept connections; is the host up?");
    const auto self = this->shared_from_this();
    resolver_.async_resolve(url_.host, url_.port, [this, self](const Failure& error, const auto& addresses) {
      if (is_over()) return;
      if (error) return fail("has no address: " + error.message());
      asio::async_connect(lowest(), addresses, [this, self](const Failure& failed, const auto&) {
        if (is_over()) return;
        if (failed) return fail("does not accept connections: " + failed.message());
        Failure ignored;
        lowest().set_option(Tcp::no_delay(true), ignored);
        secure();
      });
    });
  }

  void secure() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      TlsStream& tls = stream_.next_layer();
      SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str());
      Failure ignored;
      tls.set_verify_mode(asio::ssl::verify_peer, ignored);
      tls.set_verify_callback(asio::ssl::host_name_verification(url_.host), ignored);
      tls.async_handshake(asio::ssl::stream_base::client, with_self([this](const Failure& error) {
                            if (error) return fail("gives no secure connection: " + error.message());
                            shake_hands();
                          }));
    } else {
      shake_hands();
    }
  }

  void shake_hands() {
    set_deadline(request_.answer_timeout, "does not answer in time");
    stream_.set_option(websocket::stream_base::timeout{.handshake_timeout = websocket::stream_base::none(),
                                                       .idle_timeout = websocket::stream_base::none(),
                                                       .keep_alive_pings = false});
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& opening) {
      for (const auto& [name, value] : request_.headers) opening.set(name, value);
    }));
    stream_.read_message_max(limits_.message_bytes_max);
    stream_.auto_fragment(false);
    stream_.binary(true);
    stream_.control_callback([this](websocket::frame_type, boost::beast::string_view) { heard_ = Clock::now(); });
    stream_.async_handshake(answer_, url_.authority(), url_.target,
                            with_self([this](const Failure& error) { take_answer(error); }));
  }

  void take_answer(const Failure& error) {
    constexpr unsigned kSwitchingProtocols = 101;
    const bool is_refused = error == websocket::error::upgrade_declined && answer_.result_int() != kSwitchingProtocols;
    if (is_refused) return finish({.refusal = response_of(answer_), .text = url_.origin + " opens no WebSocket"});
    if (error) return fail("opens no WebSocket: " + error.message());
    heard_ = Clock::now();
    is_shaken_ = true;
    set_open();
    look();
    read_next();
    write_next();
  }

  // --- Messages.

  // Not while it is being closed: who closes reads, too, and of two who read at once one may wait for ever.
  void read_next() {
    if (!is_shaken_ || is_reading_ || is_closing_ || is_over() || !has_room()) return;
    is_reading_ = true;
    heard_ = Clock::now();
    stream_.async_read(message_, with_self([this](const Failure& error) {
                         is_reading_ = false;
                         if (error && is_closing_) return;  // say_goodbye() sees to the end
                         if (error == websocket::error::closed) return end_as_told();
                         if (error) return fail("has broken the connection: " + error.message());
                         heard_ = Clock::now();
                         const auto bytes = message_.data();
                         add_received({static_cast<const char*>(bytes.data()), bytes.size()});
                         message_.consume(message_.size());
                         read_next();
                       }));
  }

  void end_as_told() {
    const auto& reason = stream_.reason();
    finish({.code = static_cast<int>(reason.code), .text = std::string(reason.reason.c_str())});
  }

  void write_next() {
    if (!is_shaken_ || is_writing_ || is_closing_ || is_over()) return;
    std::optional<std::string> next = next_unsent();
    if (!next) {
      if (closes_) say_goodbye();
      return;
    }
    is_writing_ = true;
    sent_ = std::move(*next);
    stream_.async_write(asio::buffer(sent_), with_self([this](const Failure& error) {
                          is_writing_ = false;
                          if (error) return fail("has broken the connection: " + error.message());
                          forget_sent(sent_.size());
                          write_next();
                        }));
  }

  // --- The end.

  // What the server still sends is read meanwhile: its own close is among it.
  void say_goodbye() {
    is_closing_ = true;
    set_deadline(limits_.goodbye_max, "does not close the connection");
    stream_.async_close(websocket::close_code::normal, with_self([this](const Failure&) { end_as_told(); }));
  }

  void look() {
    timer_.expires_after(milliseconds(kLookEvery.ms));
    timer_.async_wait(with_self([this](const Failure& error) {
      if (error || is_closing_) return;
      const milliseconds silence_max(limits_.silence_max.ms);
      const auto silence = Clock::now() - heard_;
      if (is_reading_ && silence > 3 * silence_max) {
        const auto unheard = std::chrono::duration_cast<std::chrono::seconds>(silence);
        return fail("has not answered for " + std::to_string(unheard.count()) + " s");
      }
      if (is_reading_ && silence > silence_max) ping();
      look();
    }));
  }

  void ping() {
    if (std::exchange(is_pinging_, true)) return;
    stream_.async_ping({}, with_self([this](const Failure&) { is_pinging_ = false; }));
  }

  void set_deadline(Duration in, const char* what) {
    timer_.expires_after(milliseconds(in.ms));
    timer_.async_wait(with_self([this, what](const Failure& error) {
      if (!error) fail(what);
    }));
  }

  void fail(const std::string& what) { finish({.text = url_.origin + " " + what}); }

  void finish(WebSocketEnd how) {
    end(std::move(how));
    Failure ignored;
    lowest().close(ignored);
    resolver_.cancel();
    timer_.cancel();
  }

  const Url url_;
  const WebSocketRequest request_;
  Tcp::resolver resolver_;
  asio::steady_timer timer_;
  Peer stream_;
  websocket::response_type answer_;
  boost::beast::flat_buffer message_;
  std::string sent_;  // on its way
  Clock::time_point heard_;
  bool is_shaken_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_pinging_ = false;
  bool closes_ = false;  // once all is sent
  bool is_closing_ = false;
};

class StillbornSocket final : public OutgoingSocket {
 public:
  explicit StillbornSocket(const std::string& why) : OutgoingSocket({}, [] {}) { end({.text = why}); }
  void begin() override {}
  void close() override {}
  void drop() override {}

 private:
  void ask_to_read() override {}
  void ask_to_write() override {}
};

}  // namespace

std::shared_ptr<OutgoingSocket> make_plain_socket(asio::io_context& io, OutgoingSetup setup) {
  return std::make_shared<SocketOver<Tcp::socket>>(io, std::move(setup));
}

std::shared_ptr<OutgoingSocket> make_tls_socket(asio::io_context& io, asio::ssl::context& tls, OutgoingSetup setup) {
  return std::make_shared<SocketOver<TlsStream>>(io, std::move(setup), tls);
}

std::shared_ptr<OutgoingSocket> make_stillborn_socket(const std::string& why) {
  return std::make_shared<StillbornSocket>(why);
}

}  // namespace aurora::net

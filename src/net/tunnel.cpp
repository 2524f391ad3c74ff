#include "aurora/net/tunnel.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

namespace aurora::net {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Failure = boost::system::error_code;
using std::chrono::milliseconds;

constexpr size_t kPieceBytes = 64u << 10;
constexpr milliseconds kPauseWithoutDescriptors{100};

std::string unreachable(const TunnelConfig& config, const std::string& why) {
  return config.host + ":" + std::to_string(config.port) + " cannot be reached from this machine: " + why;
}

// Connects within connect_timeout, then calls `done` once, with why not or with nothing.
class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
  using Done = std::function<void(const std::string& why)>;
  Connecting(asio::io_context& io, const TunnelConfig& config, Tcp::socket& socket, Done done)
      : config_(config), socket_(socket), resolver_(io), timer_(io), done_(std::move(done)) {}

  void begin() {
    const auto self = shared_from_this();
    timer_.expires_after(milliseconds(config_.connect_timeout.ms));
    timer_.async_wait([this, self](const Failure& error) {
      if (!error) end("it does not answer within " + std::to_string(config_.connect_timeout.ms / 1000) + " s");
    });
    resolver_.async_resolve(config_.host, std::to_string(config_.port), [this, self](const Failure& error, const auto& addresses) {
      if (!done_) return;
      if (error) return end(error.message());
      asio::async_connect(socket_, addresses, [this, self](const Failure& failed, const auto&) { end(failed ? failed.message() : ""); });
    });
  }

 private:
  void end(const std::string& why) {
    const Done done = std::exchange(done_, nullptr);
    if (!done) return;
    timer_.cancel();
    resolver_.cancel();
    Failure ignored;
    if (!why.empty()) socket_.close(ignored);
    done(why);
  }

  const TunnelConfig& config_;
  Tcp::socket& socket_;
  Tcp::resolver resolver_;
  asio::steady_timer timer_;
  Done done_;
};

// One connection and what it leads to.
class Carried : public std::enable_shared_from_this<Carried> {
 public:
  Carried(asio::io_context& io, const TunnelConfig& config, Tcp::socket client, std::shared_ptr<void> place)
      : io_(io), config_(config), place_(std::move(place)), client_(std::move(client)), target_(io) {}

  void begin() {
    const auto connecting = std::make_shared<Connecting>(io_, config_, target_, [this, self = shared_from_this()](const std::string& why) {
      if (!why.empty()) {
        config_.on_failure(unreachable(config_, why));
        return end();
      }
      Failure ignored;
      for (Tcp::socket* socket : {&client_, &target_}) {
        socket->set_option(Tcp::no_delay(true), ignored);
        socket->set_option(asio::socket_base::keep_alive(true), ignored);
      }
      move(outward_);
      move(inward_);
    });
    connecting->begin();
  }

 private:
  struct Direction {
    Tcp::socket& from;
    Tcp::socket& to;
    std::vector<char> bytes = std::vector<char>(kPieceBytes);
    bool is_over = false;
  };

  void move(Direction& direction) {
    const auto self = shared_from_this();
    direction.from.async_read_some(asio::buffer(direction.bytes), [this, self, &direction](const Failure& error, size_t count) {
      if (error) return end(direction);
      asio::async_write(direction.to, asio::buffer(direction.bytes.data(), count), [this, self, &direction](const Failure& failed, size_t) {
        if (failed) return end();
        move(direction);
      });
    });
  }

  // The other may still have something to say.
  void end(Direction& direction) {
    direction.is_over = true;
    Failure error;
    direction.to.shutdown(Tcp::socket::shutdown_send, error);
    if (error || (outward_.is_over && inward_.is_over)) end();
  }

  void end() {
    Failure ignored;
    client_.close(ignored);
    target_.close(ignored);
  }

  asio::io_context& io_;
  const TunnelConfig& config_;
  const std::shared_ptr<void> place_;
  Tcp::socket client_;
  Tcp::socket target_;
  Direction outward_{client_, target_};
  Direction inward_{target_, client_};
};

}  // namespace

struct Tunnel::State {
  explicit State(TunnelConfig the_config) : config(std::move(the_config)) {}
  Status listen();
  void accept();

  const TunnelConfig config;
  asio::io_context io{1};
  Tcp::acceptor acceptor{io};
  asio::steady_timer timer{io};
  const std::shared_ptr<int> places = std::make_shared<int>(0);  // one more user for each connection
  std::thread thread;
};

Status Tunnel::State::listen() {
  const Tcp::endpoint here(asio::ip::address_v4::loopback(), static_cast<uint16_t>(config.local_port));
  Failure error;
  acceptor.open(here.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(here, error);
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  if (!error) return Unit{};
  return Error{ErrorCode::FailedPrecondition, "Port " + std::to_string(config.local_port) +
                                                  " of this machine cannot be listened on: " + error.message()};
}

void Tunnel::State::accept() {
  acceptor.async_accept([this](const Failure& error, Tcp::socket client) {
    if (error == asio::error::operation_aborted) return;
    const bool has_place = static_cast<size_t>(places.use_count()) <= config.connections_max;
    if (!error && has_place) std::make_shared<Carried>(io, config, std::move(client), places)->begin();
    if (!error) return accept();
    timer.expires_after(kPauseWithoutDescriptors);  // of which there are none, mostly
    timer.async_wait([this](const Failure& stopped) {
      if (!stopped) accept();
    });
  });
}

Result<std::unique_ptr<Tunnel>> Tunnel::open(TunnelConfig config) {
  auto state = std::make_unique<State>(std::move(config));
  TRY(state->listen());
  return std::unique_ptr<Tunnel>(new Tunnel(std::move(state)));
}

Tunnel::Tunnel(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->accept();
  state_->thread = std::thread([state = state_.get()] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    state->io.run();
  });
}

Tunnel::~Tunnel() {
  state_->io.stop();
  state_->thread.join();
}

int Tunnel::local_port() const { return state_->acceptor.local_endpoint().port(); }

Status Tunnel::try_target() const {
  asio::io_context io;
  Tcp::socket socket(io);
  std::optional<std::string> outcome;
  std::make_shared<Connecting>(io, state_->config, socket, [&](const std::string& why) { outcome = why; })->begin();
  while (!outcome && io.run_one() > 0) {
  }
  if (outcome && outcome->empty()) return Unit{};
  return Error{ErrorCode::Unavailable, unreachable(state_->config, outcome.value_or("it does not answer"))};
}

}  // namespace aurora::net

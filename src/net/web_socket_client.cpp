#include "aurora/net/web_socket_client.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <mutex>
#include <thread>

#include "aurora/base/log.h"
#include "net/outgoing_socket.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;

}  // namespace

struct WebSocketClients::State {
  explicit State(WebSocketClientLimits the_limits)
      : limits(the_limits), events(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread([this] { run(); }) {
    AURORA_CHECK(events.is_open());
  }
  void run();
  void tell() const {
    const uint64_t one = 1;
    // Full, it is readable anyway.
    if (write(events.get(), &one, sizeof one) < 0) return;
  }
  asio::ssl::context& tls() {
    const std::lock_guard lock(mutex);
    if (!tls_context) {
      tls_context.emplace(asio::ssl::context::tls_client);
      boost::system::error_code ignored;  // then no certificate is accepted, and that is said
      tls_context->set_default_verify_paths(ignored);
    }
    return *tls_context;
  }

  const WebSocketClientLimits limits;
  const Descriptor events;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::mutex mutex;
  std::optional<asio::ssl::context> tls_context;
  std::thread thread;  // last: it uses the rest
};

// What a handler throws (no memory, for one) costs its own connection.
void WebSocketClients::State::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);  // signals are for the others; SIGPIPE is for nobody
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log_error("net", std::string("a WebSocket: ") + error.what());
    }
  }
}

WebSocketClients::WebSocketClients(WebSocketClientLimits limits) : state_(std::make_unique<State>(limits)) {}

WebSocketClients::~WebSocketClients() {
  state_->io.stop();
  state_->thread.join();
}

std::unique_ptr<WebSocketClient> WebSocketClients::open(const WebSocketRequest& request) {
  Result<Url> url = parse_url(request.url);
  if (!url.ok()) {
    state_->tell();
    return std::make_unique<WebSocketClient>(make_stillborn_socket(url.error().message));
  }
  const bool is_secure = url->is_secure;
  OutgoingSetup setup{std::move(*url), request, state_->limits, [state = state_.get()] { state->tell(); }};
  const std::shared_ptr<OutgoingSocket> socket = is_secure ? make_tls_socket(state_->io, state_->tls(), std::move(setup))
                                                           : make_plain_socket(state_->io, std::move(setup));
  socket->begin();
  return std::make_unique<WebSocketClient>(socket);
}

int WebSocketClients::events() const { return state_->events.get(); }

void WebSocketClients::forget_events() {
  uint64_t count = 0;
  if (read(state_->events.get(), &count, sizeof count) < 0) return;  // there were none
}

WebSocketClient::~WebSocketClient() { socket_->drop(); }
bool WebSocketClient::is_open() const { return socket_->is_open(); }
std::optional<std::string> WebSocketClient::take() { return socket_->take(); }
void WebSocketClient::send(std::string message) { socket_->send(std::move(message)); }
size_t WebSocketClient::unsent_bytes() const { return socket_->unsent_bytes(); }
void WebSocketClient::close() { socket_->close(); }
std::optional<WebSocketEnd> WebSocketClient::find_end() const { return socket_->find_end(); }

}  // namespace aurora::net

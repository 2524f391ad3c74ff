#include "aurora/net/web_sockets.h"

#include <csignal>
#include <exception>
#include <future>
#include <mutex>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "aurora/base/log.h"
#include "net/carrier.h"
#include "net/guard.h"
#include "net/relay.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;

std::string header(const Request& request, const std::string& name) {
  const auto it = request.headers.find(name);
  return it == request.headers.end() ? std::string() : it->second;
}

// Whether a list of words, which know no case, has this one.
bool has_word(const std::string& list, std::string_view word) {
  std::string item;
  for (const char c : list + ",") {
    if (c == ',') {
      if (item == word) return true;
      item.clear();
    } else if (c != ' ' && c != '\t') {
      item += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return false;
}

// 16 bytes in base64.
bool is_key(const std::string& key) {
  constexpr std::string_view kSymbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == 24 && key.ends_with("==") && key.find_first_not_of(kSymbols) == 22;
}

Response stopping() {
  Response response = error_response(503, "UNAVAILABLE", "This server is stopping; try again in a moment");
  response.headers.emplace("Retry-After", "1");
  return response;
}

std::string head_for(const Request& opening, const Url& url, const RelayTarget& target) {
  std::string head = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
                     "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  head += "Sec-WebSocket-Key: " + header(opening, "sec-websocket-key") + "\r\n";
  for (const auto& [name, value] : target.headers) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

}  // namespace

std::optional<Response> refuse_opening(const Request& request) {
  const bool asks = has_word(header(request, "upgrade"), "websocket") &&
                    has_word(header(request, "connection"), "upgrade") && request.method == "GET";
  const bool is_version = header(request, "sec-websocket-version") == "13";
  if (!asks || !is_version) {
    Response response = error_response(
        426, "INVALID_ARGUMENT",
        request.path + " is a WebSocket: ask for it by GET with the headers Connection: Upgrade, Upgrade: websocket, "
                       "Sec-WebSocket-Version: 13 and Sec-WebSocket-Key");
    response.headers.emplace("Upgrade", "websocket");
    response.headers.emplace("Connection", "Upgrade");
    response.headers.emplace("Sec-WebSocket-Version", "13");
    return response;
  }
  if (is_key(header(request, "sec-websocket-key"))) return std::nullopt;
  return error_response(400, "INVALID_ARGUMENT", "Sec-WebSocket-Key is not 16 bytes in base64");
}

struct WebSockets::State : std::enable_shared_from_this<WebSockets::State> {
  explicit State(WebSocketLimits the_limits) : limits(the_limits) {}

  void run();
  void carry(Descriptor socket, const std::shared_ptr<Behind>& behind, const std::string& key, const Place& place);
  template <typename Work>
  bool post(Work work);  // false: the thread has ended, or is about to
  template <typename Session>
  bool note(const std::shared_ptr<Session>& session, std::vector<std::weak_ptr<Session>>& sessions);

  const WebSocketLimits limits;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::mutex mutex;
  size_t places_taken = 0;
  bool is_stopping = false;
  std::vector<std::weak_ptr<Carrier>> carriers;  // those that are gone, too, until the next comes
  std::vector<std::weak_ptr<Relay>> relays;
  std::promise<void> ended;
  std::thread thread;
};

// What a handler throws (no memory, for one) costs its own session.
void WebSockets::State::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);  // SIGPIPE above all: who is written to may be gone
  for (;;) {
    try {
      io.run();
      return ended.set_value();
    } catch (const std::exception& error) {
      log_error("net", std::string("a WebSocket: ") + error.what());
    }
  }
}

// What is not posted is destroyed at once, and so closes what it holds.
template <typename Work>
bool WebSockets::State::post(Work work) {
  std::lock_guard lock(mutex);
  if (is_stopping) return false;
  asio::post(io, std::move(work));
  return true;
}

// False: no more begin.
template <typename Session>
bool WebSockets::State::note(const std::shared_ptr<Session>& session, std::vector<std::weak_ptr<Session>>& sessions) {
  std::lock_guard lock(mutex);
  if (is_stopping) return false;
  std::erase_if(sessions, [](const auto& known) { return known.expired(); });
  sessions.push_back(session);
  return true;
}

void WebSockets::State::carry(Descriptor socket, const std::shared_ptr<Behind>& behind, const std::string& key,
                              const Place& place) {
  post([this, socket = std::move(socket), behind, key, place]() mutable {
    const auto carrier = std::make_shared<Carrier>(io, std::move(socket), behind, limits, place);
    if (note(carrier, carriers)) carrier->begin(key);
  });
}

WebSockets::WebSockets(WebSocketLimits limits) : state_(std::make_shared<State>(limits)) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

WebSockets::~WebSockets() { stop(); }

Result<WebSockets::Place> WebSockets::take_place() {
  std::lock_guard lock(state_->mutex);
  if (state_->is_stopping) return Error{ErrorCode::Unavailable, "This server is stopping; try again in a moment"};
  if (state_->places_taken >= state_->limits.sessions_max) {
    return Error{ErrorCode::ResourceExhausted, std::to_string(state_->limits.sessions_max) +
                                                   " WebSockets are open here, and there may be no more; close one"};
  }
  ++state_->places_taken;
  return Place(state_.get(), [weak = state_->weak_from_this()](void*) {
    const auto state = weak.lock();
    if (!state) return;
    std::lock_guard held(state->mutex);
    --state->places_taken;
  });
}

Response WebSockets::carry(Place place, const Request& opening, Streams streams) {
  const auto behind = std::make_shared<Behind>(std::move(streams));
  Response response;
  response.upgrade = [weak = state_->weak_from_this(), place = std::move(place), behind,
                      key = header(opening, "sec-websocket-key")](Descriptor socket) {
    if (const auto state = weak.lock()) state->carry(std::move(socket), behind, key, place);
  };
  return response;
}

Response WebSockets::relay(Place place, const Request& opening, RelayTarget target) {
  const Result<Url> url = parse_url(target.url);
  if (!url.ok()) return error_response(503, "UNAVAILABLE", url.error().message);
  if (url->is_secure) {
    return error_response(503, "UNAVAILABLE",
                          "WebSockets are not passed on to https addresses, as " + url->origin +
                              " is; connect to it directly");
  }
  const auto relay = std::make_shared<Relay>(state_->io, *url, head_for(opening, *url, target), target, state_->limits,
                                             std::move(place));
  Response response;
  response.later = [relay, state = state_.get()](const std::function<void(Response)>& answer) {
    const bool begins = state->post([relay, state, answer] {
      if (!state->note(relay, state->relays)) return answer(stopping());
      relay->begin(answer);
    });
    if (!begins) answer(stopping());
  };
  return response;
}

void WebSockets::stop() {
  {
    std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->is_stopping, true)) return;
  }
  asio::post(state_->io, [state = state_.get()] {
    for (const auto& carrier : state->carriers) {
      if (const auto there = carrier.lock()) there->leave("the server stops");
    }
    for (const auto& relay : state->relays) {
      if (const auto there = relay.lock()) there->stop();
    }
    state->work.reset();
  });
  constexpr auto kGoodbye = std::chrono::milliseconds(500);
  if (state_->ended.get_future().wait_for(kGoodbye) == std::future_status::timeout) state_->io.stop();
  state_->thread.join();
}

}  // namespace aurora::net

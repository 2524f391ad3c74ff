#include "aurora/net/web_sockets.h"

#include <utility>

#include "net/carrier.h"
#include "net/guard.h"
#include "net/relay.h"
#include "net/session_thread.h"

namespace aurora::net {
namespace {

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

struct WebSockets::State {
  explicit State(WebSocketLimits the_limits) : limits(the_limits), sessions(the_limits.sessions_max, "a WebSocket") {}

  void carry(Descriptor socket, const std::shared_ptr<Behind>& behind, const std::string& key, const Place& place) {
    sessions.post([this, socket = std::move(socket), behind, key, place]() mutable {
      const auto carrier = std::make_shared<Carrier>(sessions.io(), std::move(socket), behind, limits, place);
      if (sessions.note(carrier)) carrier->begin(key);
    });
  }
  void relay(const std::shared_ptr<Relay>& relay, const std::function<void(Response)>& answer) {
    const bool begins = sessions.post([this, relay, answer] {
      if (!sessions.note(relay)) return answer(stopping());
      relay->begin(answer);
    });
    if (!begins) answer(stopping());
  }

  const WebSocketLimits limits;
  SessionThread sessions;
};

WebSockets::WebSockets(WebSocketLimits limits) : state_(std::make_shared<State>(limits)) {}

WebSockets::~WebSockets() { stop(); }

Result<WebSockets::Place> WebSockets::take_place() {
  SessionThread& sessions = state_->sessions;
  if (sessions.is_stopping()) return Error{ErrorCode::Unavailable, "This server is stopping; try again in a moment"};
  if (Place place = sessions.take_place()) return place;
  return Error{ErrorCode::ResourceExhausted, std::to_string(sessions.places_max()) +
                                                 " WebSockets are open here, and there may be no more; close one"};
}

Response WebSockets::carry(Place place, const Request& opening, Streams streams) {
  const auto behind = std::make_shared<Behind>(std::move(streams));
  Response response;
  response.upgrade = [weak = std::weak_ptr<State>(state_), place = std::move(place), behind,
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
  const auto relay = std::make_shared<Relay>(state_->sessions.io(), *url, head_for(opening, *url, target), target,
                                             state_->limits, std::move(place));
  Response response;
  response.later = [relay, weak = std::weak_ptr<State>(state_)](const std::function<void(Response)>& answer) {
    if (const auto state = weak.lock()) return state->relay(relay, answer);
    answer(stopping());
  };
  return response;
}

void WebSockets::stop() { state_->sessions.stop(); }

}  // namespace aurora::net

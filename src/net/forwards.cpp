#include "aurora/net/forwards.h"

#include <utility>

#include "net/forward.h"
#include "net/guard.h"
#include "net/session_thread.h"

namespace aurora::net {
namespace {

Response come_again(int status, const std::string& code, const std::string& message) {
  Response response = error_response(status, code, message);
  response.headers.emplace("Retry-After", "1");
  return response;
}

Response stopping() { return come_again(503, "UNAVAILABLE", "This server is stopping; try again in a moment"); }

}  // namespace

struct Forwards::State {
  explicit State(size_t at_once_max) : sessions(at_once_max, "a request that is passed on") {}

  void begin(const std::shared_ptr<Forward>& forward, const std::function<void(Response)>& answer) {
    const bool begins = sessions.post([this, forward, answer] {
      if (!sessions.note(forward)) return answer(stopping());
      forward->begin(answer);
    });
    if (!begins) answer(stopping());
  }

  SessionThread sessions;
};

Forwards::Forwards(size_t at_once_max) : state_(std::make_shared<State>(at_once_max)) {}

Forwards::~Forwards() { stop(); }

Response Forwards::forward(const ForwardedRequest& request) {
  const Result<Url> url = parse_url(request.url);
  if (!url.ok()) return error_response(503, "UNAVAILABLE", url.error().message);
  if (url->is_secure)
    return error_response(503, "UNAVAILABLE", "Requests are not passed on to https addresses, as " + url->origin + " is; ask it directly");
  SessionThread& sessions = state_->sessions;
  SessionThread::Place place = sessions.take_place();
  if (!place)
    return come_again(429, "RESOURCE_EXHAUSTED", std::to_string(sessions.places_max()) + " requests are being passed on here, and there may be no more; ask again");
  const auto forward = std::make_shared<Forward>(sessions.io(), *url, request, std::move(place));
  Response response;
  response.later = [forward, weak = std::weak_ptr<State>(state_)](const std::function<void(Response)>& answer) {
    if (const auto state = weak.lock()) return state->begin(forward, answer);
    answer(stopping());
  };
  return response;
}

void Forwards::stop() { state_->sessions.stop(); }

}  // namespace aurora::net

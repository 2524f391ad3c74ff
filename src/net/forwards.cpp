#include "aurora/net/forwards.h"

#include <csignal>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "aurora/base/log.h"
#include "net/forward.h"
#include "net/guard.h"

namespace aurora::net {
namespace {

namespace asio = boost::asio;

Response come_again(int status, const std::string& code, const std::string& message) {
  Response response = error_response(status, code, message);
  response.headers.emplace("Retry-After", "1");
  return response;
}

Response stopping() { return come_again(503, "UNAVAILABLE", "This server is stopping; try again in a moment"); }

}  // namespace

struct Forwards::State : std::enable_shared_from_this<Forwards::State> {
  explicit State(size_t most) : at_once_max(most) {}

  void run();
  std::shared_ptr<void> take_place();  // nothing: all are taken
  void begin(const std::shared_ptr<Forward>& forward, const std::function<void(Response)>& answer);

  const size_t at_once_max;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::mutex mutex;
  size_t places_taken = 0;
  bool is_stopping = false;
  std::vector<std::weak_ptr<Forward>> forwards;  // on the thread only; those that are gone, too, until the next comes
  std::thread thread;
};

// What a handler throws (no memory, for one) costs its own request.
void Forwards::State::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);  // SIGPIPE above all: who is written to may be gone
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log_error("net", std::string("a request that is passed on: ") + error.what());
    }
  }
}

std::shared_ptr<void> Forwards::State::take_place() {
  const std::lock_guard lock(mutex);
  if (places_taken >= at_once_max) return nullptr;
  ++places_taken;
  return {this, [weak = weak_from_this()](void*) {
            const auto state = weak.lock();
            if (!state) return;
            const std::lock_guard held(state->mutex);
            --state->places_taken;
          }};
}

void Forwards::State::begin(const std::shared_ptr<Forward>& forward, const std::function<void(Response)>& answer) {
  {
    const std::lock_guard lock(mutex);
    if (!is_stopping) {
      asio::post(io, [this, forward, answer] {
        std::erase_if(forwards, [](const auto& known) { return known.expired(); });
        forwards.push_back(forward);
        forward->begin(answer);
      });
      return;
    }
  }
  answer(stopping());
}

Forwards::Forwards(size_t at_once_max) : state_(std::make_shared<State>(at_once_max)) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Forwards::~Forwards() { stop(); }

Response Forwards::forward(ForwardedRequest request) {
  const Result<Url> url = parse_url(request.url);
  if (!url.ok()) return error_response(503, "UNAVAILABLE", url.error().message);
  if (url->is_secure)
    return error_response(503, "UNAVAILABLE", "Requests are not passed on to https addresses, as " + url->origin + " is; ask it directly");
  std::shared_ptr<void> place = state_->take_place();
  if (!place)
    return come_again(429, "RESOURCE_EXHAUSTED", std::to_string(state_->at_once_max) + " requests are being passed on here, and there may be no more; ask again");
  const auto forward = std::make_shared<Forward>(state_->io, *url, std::move(request), std::move(place));
  Response response;
  response.later = [forward, weak = std::weak_ptr<State>(state_)](const std::function<void(Response)>& answer) {
    if (const auto state = weak.lock()) return state->begin(forward, answer);
    answer(stopping());
  };
  return response;
}

void Forwards::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->is_stopping, true)) return;
  }
  asio::post(state_->io, [state = state_.get()] {
    for (const auto& forward : state->forwards) {
      if (const auto there = forward.lock()) there->stop();
    }
    state->work.reset();
  });
  state_->thread.join();
}

}  // namespace aurora::net

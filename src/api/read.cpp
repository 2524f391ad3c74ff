#include "api/read.h"

#include <atomic>
#include <memory>

namespace aurora::api {
namespace {

// An answer that waits, and is counted while it does.
class Held {
 public:
  Held(net::Response response, std::shared_ptr<std::atomic<size_t>> bytes)
      : response_(std::move(response)), counted_(response_.body.size()), bytes_(std::move(bytes)) {
    *bytes_ += counted_;
  }
  ~Held() { *bytes_ -= counted_; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  void give(const std::function<void(net::Response)>& answer) {  // once
    response_.later ? response_.later(answer) : answer(std::move(response_));
  }

 private:
  net::Response response_;
  const size_t counted_;
  const std::shared_ptr<std::atomic<size_t>> bytes_;
};

}  // namespace

net::Response hold(const SchedulerServices& services, scheduler::RoundNumber seen, net::Response response) {
  const scheduler::Engine& engine = services.engine;
  if (engine.is_round_durable(seen)) return response;
  if (*services.held_bytes + response.body.size() > kHeldBytesMax) {
    engine.query([](const core::Cluster&) { return Unit{}; });  // sees `seen` or later, and returns when it is durable
    return response;
  }
  net::Response promised;
  promised.later = [&engine, seen, held = std::make_shared<Held>(std::move(response), services.held_bytes)](
                       std::function<void(net::Response)> answer) {
    engine.when_durable(seen, [held, answer = std::move(answer)] { held->give(answer); });
  };
  return promised;
}

}  // namespace aurora::api

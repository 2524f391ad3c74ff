#include "aurora/net/http_probe.h"
#include "executor/running_check.h"

namespace aurora::executor {
namespace {

// In the original's words: what the system said came through Python's urlopen.
std::string why_unanswered(const Error& error) {
  return error.code == ErrorCode::Unavailable ? "<urlopen error " + error.message + ">" : error.message;
}

class HttpExchange final : public RunningCheck {
 public:
  using Judge = std::function<core::CheckFailure(const net::ProbeAnswer& answer)>;
  HttpExchange(net::ProbeRequest request, std::string endpoint, Judge judge)
      : port_(request.port),
        endpoint_(std::move(endpoint)),
        judge_(std::move(judge)),
        probe_(std::move(request)) {}

  std::optional<core::CheckFailure> advance(os::Poller& poller, uint64_t key) override {
    if (probe_.advance()) {
      const Result<net::ProbeAnswer> outcome = probe_.take_outcome();
      return outcome.ok() ? judge_(*outcome)
                          : core::no_answer(port_, endpoint_, why_unanswered(outcome.error()));
    }
    const Watched wanted{probe_.connections(), probe_.wants_to_write()};
    if (watched_ == wanted) return std::nullopt;
    watched_ = wanted;
    const auto direction = wanted.writes ? os::Poller::Direction::Write : os::Poller::Direction::Read;
    const Status watched = poller.watch(probe_.fd(), key, direction);
    if (watched.ok()) return std::nullopt;
    return core::CheckFailure("Internal health check error: " + watched.error().message);
  }
  std::string timed_out() const override {
    return *core::no_answer(port_, endpoint_, "Error within timeout");
  }

 private:
  struct Watched {
    int connection = 0;
    bool writes = false;
    friend bool operator==(const Watched&, const Watched&) = default;
  };
  int32_t port_;
  std::string endpoint_;
  Judge judge_;
  net::HttpProbe probe_;
  Watched watched_;
};

}  // namespace

std::unique_ptr<RunningCheck> start_http_check(const core::HttpCheck& check) {
  net::ProbeRequest request{"GET", check.port, check.endpoint, core::answer_bytes_needed(check)};
  return std::make_unique<HttpExchange>(std::move(request), check.endpoint,
                                        [check](const net::ProbeAnswer& answer) {
                                          return core::judge_answer(check, answer.status, answer.body);
                                        });
}

std::unique_ptr<RunningCheck> start_request(int32_t port, const std::string& endpoint) {
  return std::make_unique<HttpExchange>(net::ProbeRequest{"POST", port, endpoint, 0}, endpoint,
                                        [](const net::ProbeAnswer&) { return core::CheckFailure(); });
}

}  // namespace aurora::executor

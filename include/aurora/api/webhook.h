// Posts transitions of tasks to a server of somebody's, as Aurora 0.22 did (spec/scheduler.md §18), and besides tries
// again for a while: what the server says to it is its own matter. One thread posts, one transition after the other; a
// queue with a bound waits for it, of which the oldest go when it is full. The engine waits for neither.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/net/http.h"
#include "aurora/scheduler/transition_sink.h"

namespace aurora::api {

struct WebhookConfig {
  std::map<std::string, std::string> headers;
  std::string target_url;
  Duration timeout;                               // of one try
  std::optional<std::set<core::TaskStatus>> statuses = {};  // new ones; absent: all
  size_t waiting_max = 10'000;
  int tries_max = 5;
  Duration rest_min = seconds(1);  // before the second try; doubles
};
// {"headers": {...}, "targetURL": "http://...", "timeoutMsec": n, "statuses": ["LOST", ...]}; `file`: for messages.
Result<WebhookConfig> parse_webhook_config(const std::string& text, const std::string& file);

class Webhook final : public scheduler::TransitionSink {
 public:
  // Counts webhooks_attempts, _success (200), _user_errors (other answers), _errors (none), _retries, _dropped, _given_up
  // and sets _waiting. `clock`: for the header Timestamp.
  Webhook(WebhookConfig config, net::HttpClient& http, const Clock& clock, Counters& counters);
  ~Webhook() override;  // stops
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  bool wants(core::TaskStatus to) const override;
  void post(std::vector<scheduler::TaskTransition> transitions) override;
  void stop();  // waits for the try that is on its way; what waits is dropped

 private:
  enum class Outcome { Taken, Refused, TryAgain };
  void run();
  void deliver(const scheduler::TaskTransition& transition);
  Outcome try_once(const std::string& body);
  bool rest(Duration time);  // false: it is time to stop

  const WebhookConfig config_;
  net::HttpClient& http_;
  const Clock& clock_;
  Counters& counters_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<scheduler::TaskTransition> waiting_;  // under mutex_
  bool is_stopping_ = false;                       // under mutex_
  bool is_down_ = false;                           // the thread's: said once, until it takes one
  std::thread thread_;
};

}  // namespace aurora::api

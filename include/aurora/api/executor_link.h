// The scheduler's outbox: carries launches and kills to the executors (POST /v1/launch, /v1/kill), in batches
// per host. post() is thread-safe and never blocks. A few threads deliver, each waiting for one host's
// answer. Hosts in trouble - the last attempt failed, or they do not report - get half of the threads at
// most, so that however many do not answer, the others do not wait for them. Who has not been in trouble yet
// is tried for a short time only: when many stop at once, no thread is lost to them for long before that is
// known.
//
// What waits are names. The tasks themselves are looked up when they are sent, so a task that is not to be
// launched any more by then is not.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/counters.h"
#include "aurora/net/http.h"
#include "aurora/scheduler/outbox.h"

namespace aurora::api {

struct ExecutorLinkConfig {
  std::string secret = {};      // presented to executors; empty = none
  std::string cluster_id = {};  // whose orders these are: executors of other clusters refuse them
  int threads = 8;
  Duration timeout = seconds(10);       // of an attempt at a host that reports and whose last attempt failed
  Duration first_timeout = seconds(2);  // of every other
};

class ExecutorLink final : public scheduler::Outbox {
 public:
  ExecutorLink(ExecutorLinkConfig config, net::HttpClient& http, const Clock& clock, Counters& counters);
  ~ExecutorLink() override;  // stops

  void post(std::vector<core::Effect> effects) override;
  size_t room() const override;

  // The task as this executor was told to start it, as JSON. Waits for the answer.
  Result<std::string> fetch_launched(const std::string& executor_url, const core::TaskId& task_id);

  struct Target {
    std::string url;                // of the executor: http://host:port
    std::vector<core::Task> tasks;  // of the launches, those that are still to be sent (core::find_launched)
    bool is_silent = false;         // it has not reported for so long that it may not answer either
  };
  // Both are called on the delivering threads. Until start() effects only wait.
  struct Callbacks {
    // Nothing for an unknown host.
    std::function<std::optional<Target>(const core::HostId&, const std::vector<core::Effect>&)> find_target;
    // The executor has refused to launch this task, and would refuse again.
    std::function<void(const core::TaskId&)> on_refused_launch;
  };
  void start(Callbacks callbacks);
  void stop();  // waits for requests in progress; what still waits is forgotten

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::api

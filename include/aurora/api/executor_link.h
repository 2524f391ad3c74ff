// The scheduler's outbox: carries launches and kills to the executors (POST /v1/launch, /v1/kill), in batches
// per host. post() is thread-safe and never blocks. A few threads deliver: with one, each
// host that does not answer would hold up all others for its connect timeout.
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
  Duration timeout = seconds(10);
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

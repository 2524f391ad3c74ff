// The executor's way to its scheduler: sends reports (POST /v1/hosts/{host}/report) and brings back the
// answers. post() never blocks. One thread sends; when to send again is the host loop's decision.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aurora/executor/host_loop.h"
#include "aurora/net/http.h"

namespace aurora::api {

struct SchedulerLinkConfig {
  std::string scheduler_url;  // http://host:port
  std::string secret = {};    // presented to the scheduler; empty = none
  Duration timeout = seconds(10);
};

class SchedulerLink final : public executor::ReportSink {
 public:
  SchedulerLink(SchedulerLinkConfig config, net::HttpClient& http);
  ~SchedulerLink() override;  // stops

  void post(core::ReportTasks report) override;

  // Why the scheduler does not take this host, or has not answered; empty while all is well. Thread-safe.
  std::string trouble() const;

  // Every report posted is answered through `answered`, on the link's thread; until start() reports only
  // wait.
  void start(std::function<void(core::ReportAnswered)> answered);
  void stop();  // waits for the request in progress, and sends the last word of a loop that has left

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::api

// Says to the scheduler now and then what this host's tasks use, in sums by job: for plots, so what is lost is lost. A thread
// of its own sends; how often is the scheduler's to say.
#pragma once

#include <memory>
#include <string>

#include "aurora/api/executor_api.h"
#include "aurora/net/http.h"

namespace aurora::api {

class UsageLink {
 public:
  // Begins at once; `services` is copied, what it refers to is used until the end. `secret` is the services'.
  UsageLink(const ExecutorServices& services, net::HttpClient& http);
  ~UsageLink();  // waits for a request in progress: seconds
  UsageLink(const UsageLink&) = delete;
  UsageLink& operator=(const UsageLink&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::api

// Asks coordinators whether tasks may be ended (Aurora 0.22, spec/scheduler.md §12.1): POST
// <coordinatorUrl>?task=<cluster>/<role>/<env>/<name>/<instance>. They are programs of users: one that is slow, lies,
// redirects, answers without end or is gone costs one of a few threads for `timeout` at most, and its own tasks their
// drain. Every question is answered to the engine, with the reason when the coordinator did not say yes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/counters.h"
#include "aurora/core/commands/command.h"
#include "aurora/net/http.h"
#include "aurora/scheduler/outbox.h"

namespace aurora::api {

struct CoordinatorLinkConfig {
  std::string cluster_name;
  int threads = 10;  // core asks no more at a time
  Duration timeout = minutes(1);
};

class CoordinatorLink {
 public:
  CoordinatorLink(CoordinatorLinkConfig config, net::HttpClient& http, Counters& counters);
  ~CoordinatorLink();  // stops

  void ask(core::AskCoordinator question);  // thread-safe, never waits

  struct Subject {
    core::Task task;
    std::string agent_id;  // of its host
  };
  // Both are called on the link's threads. Until start() questions only wait.
  struct Callbacks {
    // The task, if it still is as when it was asked about.
    std::function<std::optional<Subject>(const core::AskCoordinator&)> find_task;
    std::function<void(core::CoordinatorAnswer)> answer;
  };
  void start(Callbacks callbacks);
  void stop();  // waits for requests in progress; what still waits is forgotten

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What is for coordinators goes to them, the rest to executors.
class EffectRouter final : public scheduler::Outbox {
 public:
  EffectRouter(scheduler::Outbox& executors, CoordinatorLink& coordinators)
      : executors_(executors), coordinators_(coordinators) {}
  void post(std::vector<core::Effect> effects) override;
  size_t room() const override { return executors_.room(); }

 private:
  scheduler::Outbox& executors_;
  CoordinatorLink& coordinators_;
};

}  // namespace aurora::api

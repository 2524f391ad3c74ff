// The scheduler's routes over a real engine on a simulated disk, without sockets.
#pragma once

#include <thread>

#include "aurora/api/scheduler_api.h"
#include "aurora/codec/json_value.h"
#include "aurora/scheduler/local_round_log.h"
#include "aurora/scheduler/statistics.h"
#include "net/router.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/memory_store.h"
#include "support/temp_folder.h"

namespace aurora::api {

struct NoOutbox final : scheduler::Outbox {
  void post(std::vector<core::Effect>) override {}
};

class SchedulerBench {
 public:
  explicit SchedulerBench(const std::string& secret = "",
                          scheduler::EngineConfig config = {.scheduler_host = "scheduler"});
  ~SchedulerBench();

  // `target` is a path with its query, encoded as in a URL.
  net::Response call(const std::string& method, const std::string& target, const std::string& body = "",
                     const std::map<std::string, std::string>& headers = {});
  codec::JsonValue get(const std::string& target);  // REQUIRES: 200
  codec::JsonValue post(const std::string& target, const std::string& body, int status = 200) {
    return change("POST", target, body, status);
  }
  codec::JsonValue put(const std::string& target, const std::string& body, int status = 200) {
    return change("PUT", target, body, status);
  }

  void create(const core::JobConfiguration& job);  // REQUIRES: accepted
  // As its executor does. `tasks` become a complete report when `host` registers.
  void report(const std::string& host, std::vector<core::TaskReport> tasks = {});
  // Lets time pass until every due timer and placement has run.
  void settle(Duration time);
  std::vector<net::Route> routes() const { return routes_; }
  const SchedulerServices& services() const { return services_; }
  net::Followers& followers() { return followers_; }

  test::FakeClock clock;
  Counters counters;
  TimeSeries series{1'000};
  bool quit_asked = false;

 private:
  codec::JsonValue change(const std::string& method, const std::string& target, const std::string& body, int status);

  test::SimDisk disk_;
  test::MemoryStore store_{disk_};
  scheduler::LocalRoundLog log_{store_, counters};
  NoOutbox outbox_;
  net::WebSockets web_sockets_;
  net::Forwards forwards_;
  net::Followers followers_{{}, "event_followers", counters};
  scheduler::Engine engine_;
  test::TempFolder folder_;
  scheduler::Recovery recovery_;  // of a folder without copies
  scheduler::Statistics statistics_;  // computes when a test asks it to
  SchedulerServices services_;
  std::vector<net::Route> routes_;
  net::Router router_;
  std::thread rounds_;
  int64_t sequence_ = 0;
};

// items[i].name of a list, as text, joined with spaces.
std::string join(const codec::JsonValue& answer, const std::string& list, const std::string& member);

}  // namespace aurora::api

// Many executors in one thread, against one scheduler, over the real protocol. Each has an address of its own,
// 127.16.0.0 and on, from which it reports and at which it is reached.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "aurora/base/rng.h"
#include "farm/event_loop.h"
#include "farm/figures.h"
#include "farm/http_caller.h"
#include "farm/http_listener.h"
#include "farm/messages.h"
#include "farm/played_executor.h"

namespace aurora::farm {

struct FarmConfig {
  size_t hosts = 100;
  int port = 0;  // of every executor; 0 = any free one
  CallerConfig scheduler = {};
  core::ResourceTotals capacity = {};  // of each host
  size_t racks = 40;
  Duration spread = seconds(5);  // from the first registration to the last, and so the beats later
  Duration start_delay{};        // from a launch to RUNNING
  Duration task_time{};          // from RUNNING to the end; 0 = they run on
  double fail_share = 0;         // of those that end, FAILED rather than FINISHED
  uint64_t seed = 1;
};

class Farm {
 public:
  Farm(EventLoop& loop, FarmConfig config);

  Status start();
  int port() const { return listener_.port(); }

  std::string figures();  // since the last reset, as a JSON object
  void reset();
  void set_start_delay(Duration delay) { config_.start_delay = delay; }
  // Running tasks, drawn at random, that end as FAILED: so many, evenly over that time.
  void fail_tasks(size_t count, Duration within);

 private:
  struct Member {
    Member(EventLoop& loop, const FarmConfig& config, CallerCounts& counts, core::Host host, std::string session,
           in_addr address);
    PlayedExecutor executor;
    HttpCaller caller;
    std::deque<core::ReportTasks> waiting = {};  // one at most, unless an answer is very late
    std::optional<Instant> wakes_at = {};
    bool is_registered = false;
  };

  void step(Member& member, const core::HostEvent& event);
  void perform(Member& member, PlayedExecutor::Step step);
  void wake_when_due(Member& member);
  void post_next(Member& member);
  void on_answer(Member& member, const core::ReportTasks& report, int64_t posted, std::optional<HttpMessage> message);
  void start_task(Member& member, const core::TaskId& task_id);
  void end_task(Member& member, const core::TaskId& task_id, core::RunState state);
  bool fail_one();
  HttpAnswer answer(in_addr address, const HttpMessage& request);
  HttpAnswer take_launch(Member& member, const HttpMessage& request);
  HttpAnswer take_kill(Member& member, const HttpMessage& request);

  EventLoop& loop_;
  FarmConfig config_;
  HttpListener listener_;
  OrderReader orders_;
  Rng rng_;
  std::deque<Member> members_;  // by address; they stay where they are

  // Of now.
  int64_t starting_ = 0;
  int64_t running_ = 0;
  int64_t registered_ = 0;

  struct Counts {
    Instant since;
    double cpu_seconds_before = 0;
    int64_t listen_drops_before = 0;
    int64_t accepted_before = 0;
    int64_t reports = 0;  // answered with 200
    int64_t tasks_reported = 0;
    int64_t report_bytes = 0;
    std::map<std::string, int64_t> report_answers = {};  // accepted, not_accepted, wants_registration, "503"
    int64_t launch_requests = 0;
    int64_t launches = 0;  // of tasks that were not known
    int64_t launches_repeated = 0;
    int64_t launch_bytes = 0;
    int64_t kills = 0;
    int64_t orders_not_understood = 0;
    int64_t started = 0;
    int64_t ended = 0;
    int64_t failed_on_request = 0;
    std::optional<Instant> first_launch = {};
    std::optional<Instant> last_launch = {};
    std::optional<Instant> last_running = {};
  };
  Counts counts_;
  CallerCounts calls_;
  Latencies report_latencies_;
};

}  // namespace aurora::farm

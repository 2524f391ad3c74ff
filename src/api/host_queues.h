// Effects that wait for their executors, per host, oldest first. Decides what is sent next; sends nothing.
// Not thread-safe: ExecutorLink guards it. Times are monotonic.
//
// A host that does not answer is left alone for a growing while and delays no other. What waits is bounded in
// number and age; what is dropped is found again when the host's next report is compared with the tables.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/cluster/effect.h"

namespace aurora::api {

struct HostQueueLimits {
  size_t effects_max = 5'000;         // waiting per host
  size_t batch_max = 200;             // effects in one request
  size_t batch_bytes_max = 4u << 20;  // of configurations in one request, if it has more than one effect
  Duration age_max = seconds(30);     // older effects are stale: the scheduler may have thought again
  Duration retry_delay = milliseconds(200);
  Duration retry_delay_max = seconds(10);
};

enum class Delivery {
  Done,   // accepted, or refused for good
  Retry,  // not delivered, or perhaps: once more, later
};

class HostQueues {
 public:
  explicit HostQueues(HostQueueLimits limits = {}) : limits_(limits) {}

  struct Batch {
    core::HostId host;
    std::vector<core::Effect> effects;  // either launches or kills, never both; not empty
    std::vector<Duration> queued_at;
  };

  void push(core::Effect effect, Duration now);
  // The batch whose host has waited longest; the host gets no other until finish().
  std::optional<Batch> take(Duration now);
  void finish(Batch batch, Delivery delivery, Duration now);

  std::optional<Duration> next_due() const;  // when take() may have something
  size_t waiting() const;
  size_t dropped() const { return dropped_; }

 private:
  struct Waiting {
    core::Effect effect;
    Duration queued_at;
  };
  struct Host {
    std::deque<Waiting> waiting;
    bool is_busy = false;
    Duration ready_at;       // its place in ready_, if it is there
    Duration retry_delay{};  // 0: the last delivery was good
  };

  void make_ready(const core::HostId& id, Host& host, Duration at);
  void drop_old(Host& host, Duration now);

  HostQueueLimits limits_;
  std::map<core::HostId, Host> hosts_;
  std::set<std::pair<Duration, core::HostId>> ready_;
  size_t dropped_ = 0;
};

}  // namespace aurora::api

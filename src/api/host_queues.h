// Effects that wait for their executors, per host, oldest first. Decides what is sent next; sends nothing.
// Not thread-safe: ExecutorLink guards it. Times are monotonic.
//
// A host that does not answer is left alone for a growing while; each attempt holds one of the sender's
// threads until it fails. So hosts in trouble - the last attempt failed, or they were held back - get at most
// `troubled_max` batches at a time, all together, and those that answer have the other threads for
// themselves. A host that answers is out of trouble. What waits is bounded in number and age, launches over
// all hosts too: make_room() says how many more there may be. What is dropped is found again when the host's
// next report is compared with the tables.
#pragma once

#include <optional>
#include <queue>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/cluster/effect.h"

namespace aurora::api {

struct HostQueueLimits {
  size_t effects_max = 5'000;  // waiting per host
  // Launches of all hosts, waiting or being delivered: 100 to 150 bytes each, 45 MB at most. Placement is
  // told of room for `relaunches` less, which is for what hosts report as lost; that is still what it places
  // in 5 s at its fastest, and hosts that answer have taken theirs by then. Kills are bounded per host only:
  // a task that is to end must.
  size_t launches_max = 300'000;
  size_t relaunches = 50'000;
  size_t batch_max = 200;             // effects in one request
  size_t batch_bytes_max = 4u << 20;  // of configurations in one request, each once, if it has more than one
  size_t troubled_max = 4;            // batches of hosts in trouble that are being delivered
  Duration age_max = seconds(30);     // older effects are stale: the scheduler may have thought again
  Duration retry_delay = milliseconds(200);
  Duration retry_delay_max = seconds(10);
};

enum class Delivery {
  Done,      // accepted, or refused for good
  Moot,      // nothing of it was to be sent any more: it says nothing about the host
  Retry,     // not delivered, or perhaps: once more, later
  HeldBack,  // not tried: the host seems to be silent, and waits with those in trouble
};

class HostQueues {
 public:
  explicit HostQueues(HostQueueLimits limits = {}) : limits_(limits) {}

  struct Batch {
    core::HostId host;
    std::vector<core::Effect> effects;  // either launches or kills, never both; not empty
    std::vector<Duration> queued_at;
    bool is_troubled = false;  // its host was when the batch was taken
  };

  // A launch of a task whose launch is here already changes nothing; above `launches_max` it is dropped.
  void push(core::Effect effect, Duration now);
  // The batch whose host has waited longest, unless it is one host in trouble too many; the host gets no
  // other until finish().
  std::optional<Batch> take(Duration now);
  void finish(Batch batch, Delivery delivery, Duration now);

  std::optional<Duration> next_due() const;  // when take() may have something
  size_t waiting() const { return waiting_; }
  size_t launches() const { return launches_.size(); }  // waiting or being delivered
  size_t dropped() const { return dropped_; }
  // For how many more launches there is room. When there is none, what is stale makes some, now and then.
  size_t make_room(Duration now);

 private:
  struct Waiting {
    core::Effect effect;
    Duration queued_at;
  };
  // First in, first out, in one piece of memory: a batch touches few pages, and leaves no holes behind.
  class Line {
   public:
    bool empty() const { return first_ == waiting_.size(); }
    size_t size() const { return waiting_.size() - first_; }
    Waiting& front() { return waiting_[first_]; }
    void push_back(Waiting waiting) { waiting_.push_back(std::move(waiting)); }
    void pop_front();
    void put_back(Batch batch);  // in front of all others

   private:
    std::vector<Waiting> waiting_;  // from first_ on
    size_t first_ = 0;
  };
  enum class State {
    Idle,
    Ready,
    Busy
  };  // nothing to do; has a place in a ReadyQueue; gets a batch just now
  struct Host {
    Line line;
    State state = State::Idle;
    Duration ready_at;       // of its last place in a ReadyQueue
    Duration retry_delay{};  // 0: the last delivery was good
    bool is_troubled = false;
  };
  struct Ready {
    Duration at;
    uint64_t order;  // of those that are ready at once, who came first
    core::HostId host;
    bool operator<(const Ready& other) const {  // the queue's top is its greatest
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  using ReadyQueue = std::priority_queue<Ready>;

  const ReadyQueue* find_next() const;  // the one whose first host is the next, if any may have a batch
  void make_ready(const core::HostId& id, Host& host, Duration at);
  void rest(const core::HostId& id, Host& host);  // nothing waits for it
  Batch take_batch(const core::HostId& id, Line& line);
  void put_back(Batch batch, Line& line);
  void forget_launches(const Batch& batch);
  void drop_first(Line& line);
  void drop_old(Line& line, Duration now);

  HostQueueLimits limits_;
  std::unordered_map<core::HostId, Host> hosts_;  // with something waiting or being delivered, or in trouble
  ReadyQueue ready_;                              // each host once at most, here or there
  ReadyQueue troubled_ready_;
  size_t troubled_busy_ = 0;  // batches of hosts in trouble that are being delivered
  std::unordered_set<core::TaskId> launches_;
  uint64_t next_order_ = 0;
  size_t waiting_ = 0;
  size_t dropped_ = 0;
  std::optional<Duration> looked_for_stale_at_;
};

}  // namespace aurora::api

// What was decided and may not be told yet: answers, effects, and readers who have seen it. Each is told when
// its round and all before it are durable, in the order of the rounds.
//
// Thread-safe: the engine's thread adds, the log's says that a round is durable, readers wait. Whoever makes
// something tellable tells it, on his own thread, one at a time: who comes meanwhile leaves his to that one.
// mutex_ guards every member and is never held while anybody is told; no other lock is taken under it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "aurora/base/clock.h"
#include "aurora/scheduler/round_log.h"

namespace aurora::scheduler {

// The engine decides nothing more while so much is in flight.
inline constexpr size_t kTellsWaitingMax = 1'000;      // of rounds; readers hold up nothing
inline constexpr size_t kBytesInFlightMax = 64 << 20;  // of memory that their changes hold, about
// Nor while a round has waited for so long: the log stands still, and in a time in which no report can be
// answered nothing may be decided over hosts and deadlines.
inline constexpr Duration kStalledAfter = seconds(1);

class RoundsInFlight {
 public:
  using Tell = std::function<void()>;  // must not wait for the engine or the log

  // The engine's thread, before it appends the round to the log. `now` is monotonic.
  void add(RoundNumber round, size_t bytes, Duration now, Tell tell);
  // Of a round that changed nothing durable: told after all that is in flight, at once if that is nothing.
  void add_behind(Tell tell);
  // Told when `round` is durable, at once if it is.
  void when_durable(RoundNumber round, Tell tell);
  bool is_durable(RoundNumber round) const { return durable_ >= round; }
  RoundNumber durable() const { return durable_; }  // the newest
  // Returns when it is. After a failure: never, unless it was before.
  void wait_until_durable(RoundNumber round);

  void done(RoundNumber round);  // it is durable, as are all before it
  void fail();                   // nothing is told any more

  bool is_full(Duration now) const;
  // False if there is none after `most`.
  bool wait_for_room(const Clock& clock, Duration most);
  void wait_until_told();  // everything; or nothing more will be

 private:
  struct Waiting {
    RoundNumber round = 0;
    size_t bytes = 0;
    Duration since;
  };
  struct Waiter {
    Tell tell;
    bool is_reader = false;
  };
  bool is_full_locked(Duration now) const;
  void tell(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // there is more room, or nothing more to tell
  std::deque<Waiting> rounds_;       // in the log, not durable
  size_t bytes_ = 0;                 // of these
  // By the round that must be durable first; of equal ones the earliest first.
  std::multimap<RoundNumber, Waiter> waiters_;
  size_t readers_ = 0;  // of these
  RoundNumber last_ = 0;
  std::atomic<RoundNumber> durable_ = 0;
  bool telling_ = false;  // somebody is
  bool failed_ = false;
};

}  // namespace aurora::scheduler

// The last events of this start of the scheduler, each at a position: the first has 1. An event is here once
// no crash can undo it. Thread-safe: whoever makes rounds durable adds, anybody reads. on_more() is called
// without the lock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/scheduler/event.h"

namespace aurora::scheduler {

// Where somebody is who follows events: behind the event at this position of one start of the scheduler. As
// text "<when it started, ms>-<four hex digits>-<position>": two schedulers that start in the same millisecond
// differ in the digits, and an earlier start can be told from a later one.
struct EventToken {
  Instant started_at;
  uint16_t salt = 0;
  uint64_t position = 0;
  friend bool operator==(const EventToken&, const EventToken&) = default;
};
std::string to_string(const EventToken& token);
std::optional<EventToken> parse_event_token(std::string_view text);

enum class TokenState {
  Good,
  TooOld,        // events behind it are not kept any more
  EarlierStart,  // of another start, before this one
  LaterStart,    // of another start, after this one: of a scheduler that has taken over, or the clock was set
  Future,        // no event of this start is so new yet
};

class EventWindow {
 public:
  using Events = std::shared_ptr<const std::vector<Event>>;  // of one round, never empty
  struct Block {
    uint64_t first = 0;  // the position of its first event
    Events events;
    uint64_t last() const { return first + events->size() - 1; }
  };
  struct Reading {
    uint64_t oldest = 0;  // what is kept, `oldest` to `newest`; none if oldest > newest
    uint64_t newest = 0;
    std::vector<Block> blocks;  // in order; the first may begin with events that were not asked for
  };

  // Keeps the last `events_max`, and what came with the first of them.
  EventWindow(size_t events_max, Instant started_at, uint16_t salt);

  void add(std::vector<Event> events);
  // The blocks behind `position`, until they have `events_max` events at least.
  Reading read_after(uint64_t position, size_t events_max) const;
  // The blocks of the last `events_max` events.
  Reading read_last(size_t events_max) const;
  uint64_t newest() const;

  EventToken token_at(uint64_t position) const { return {started_at_, salt_, position}; }
  TokenState state_of(const EventToken& token) const;

  // Called after each add(), by who adds, so it must not wait. nullptr: nobody.
  void on_more(std::function<void()> call);

 private:
  Reading read_locked(uint64_t after, size_t events_max) const;

  const size_t events_max_;
  const Instant started_at_;
  const uint16_t salt_;
  mutable std::mutex mutex_;
  std::deque<Block> blocks_;
  size_t count_ = 0;     // events in them
  uint64_t newest_ = 0;  // position
  std::mutex call_mutex_;
  std::function<void()> call_;  // under call_mutex_
};

}  // namespace aurora::scheduler

// Commands that are due later. Equal moments come in the order in which they were set. What a subject waits for
// no more is taken out, so the queue is as long as there is something to wait for. Used by the engine's
// thread.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "aurora/core/commands/command.h"

namespace aurora::scheduler {

class TimerQueue {
 public:
  void apply(core::TimerChanges changes);
  std::optional<Instant> next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().due;
  }
  // The earliest command that is due, or nothing.
  std::optional<core::TimedCommand> take_due(Instant now);
  size_t size() const { return heap_.size(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  using Subjects = std::unordered_map<core::TimerSubject, uint32_t>;  // to the first of its timers

  struct Handle {
    Instant due;
    uint64_t order = 0;
    uint32_t timer = 0;  // in timers_
    bool comes_before(const Handle& other) const {
      return due != other.due ? due < other.due : order < other.order;
    }
  };
  struct Waiting {
    core::TimedCommand command;
    Subjects::value_type* subject = nullptr;
    uint32_t next = kNone;  // of the same subject
    uint32_t place = 0;     // in heap_
  };

  void add(core::Timer timer);
  void cancel(const core::TimerSubject& subject);
  void unlink(uint32_t timer);
  void release(uint32_t timer);  // it is in the heap and in no list of a subject
  void put(size_t place, const Handle& handle);
  void move_up(size_t place);
  void move_down(size_t place);

  std::vector<Handle> heap_;  // binary; the first is due first
  std::vector<Waiting> timers_;
  std::vector<uint32_t> free_;  // places in timers_
  Subjects subjects_;
  uint64_t next_order_ = 0;
};

}  // namespace aurora::scheduler

// Commands that are due later. Equal moments come in the order in which they were set. A timer is never
// cancelled: the command looks whether its task is still as it was. Used by the engine's thread.
#pragma once

#include <optional>
#include <queue>
#include <vector>

#include "aurora/core/commands/command.h"

namespace aurora::scheduler {

class TimerQueue {
 public:
  void add(std::vector<core::Timer> timers) {
    for (core::Timer& timer : timers) waiting_.push({timer.due, next_++, std::move(timer.command)});
  }
  std::optional<Instant> next_due() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.top().due;
  }
  // The earliest command that is due, or nothing.
  std::optional<core::TimedCommand> take_due(Instant now) {
    if (waiting_.empty() || waiting_.top().due > now) return std::nullopt;
    core::TimedCommand command = waiting_.top().command;
    waiting_.pop();
    return command;
  }

 private:
  struct Waiting {
    Instant due;
    uint64_t order = 0;
    core::TimedCommand command;
    friend bool operator<(const Waiting& a, const Waiting& b) {  // the queue's top is its greatest
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  std::priority_queue<Waiting> waiting_;
  uint64_t next_ = 0;
};

}  // namespace aurora::scheduler

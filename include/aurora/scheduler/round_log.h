// What makes rounds durable. The engine appends what a round has changed and goes on deciding; it is told
// when no crash can undo that round any more, and only then anything of it leaves the process. How a log does
// that is its own matter: nobody above it may assume a disk. One contract test holds all logs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/cluster/change.h"

namespace aurora::scheduler {

using RoundNumber =
    uint64_t;  // counts the rounds of this process that changed something durable; 0: before the first

class RoundLog {
 public:
  using Done = std::function<void(const Status&)>;

  virtual ~RoundLog() = default;
  // Called by one thread, with growing numbers; `changes` are durable ones, at least one. Never waits until
  // anything is durable: what has to wait is kept, and the engine bounds how much that is
  // (rounds_in_flight.h). `done` is called once, one round after the other in their order, by the log's
  // thread: when this round and all before it are durable. After a failure the first round whose fate is
  // unknown gets the error, and no round after it is told anything. A log that needs no waiting may call
  // `done` before it returns.
  virtual void append(RoundNumber round, std::vector<core::Change> changes, Done done) = 0;
};

}  // namespace aurora::scheduler

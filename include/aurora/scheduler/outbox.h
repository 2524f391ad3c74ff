// Where effects go once the changes that ask for them are durable. The api layer delivers them to executors;
// the simulation to its network. post() is called by one thread at a time, in the order of the rounds, never
// blocks and may be called with nothing.
#pragma once

#include <limits>
#include <vector>

#include "aurora/core/cluster/effect.h"

namespace aurora::scheduler {

class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void post(std::vector<core::Effect> effects) = 0;
  // How many launches may be decided now, if it holds only so many. No more tasks are placed, so that there is
  // room for what must go out whatever is there: kills, and launches that hosts report as lost. Thread-safe.
  virtual size_t room() const { return std::numeric_limits<size_t>::max(); }
};

}  // namespace aurora::scheduler

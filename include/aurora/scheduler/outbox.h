// Where effects go once the changes that ask for them are durable. The api layer delivers them to executors;
// the simulation to its network. post() is called by one thread at a time, in the order of the rounds, never
// blocks and may be called with nothing.
#pragma once

#include <vector>

#include "aurora/core/cluster/effect.h"

namespace aurora::scheduler {

class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void post(std::vector<core::Effect> effects) = 0;
};

}  // namespace aurora::scheduler

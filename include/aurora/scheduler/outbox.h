// Where effects go once their changes are on disk. The api layer delivers them to executors; the simulation
// to its network. post() is called by the engine thread, never blocks and may be called with nothing.
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

// One simulated cluster: some minutes of work under faults, then a healed network, then everything must
// settle.
#pragma once

#include "sim/checks.h"
#include "sim/host.h"
#include "sim/network.h"

namespace aurora::sim {

enum class Plant { None, EffectBeforeCommit, LaunchNotIdempotent };

struct Options {
  uint64_t seed = 1;
  Plant plant = Plant::None;
  bool verbose = false;
};

struct Outcome {
  std::optional<std::string> violation;
  uint64_t rounds = 0;  // of the scheduler
  size_t tasks = 0;     // in its tables at the end
  Seen seen;
};

Outcome simulate(const Options& options);

}  // namespace aurora::sim

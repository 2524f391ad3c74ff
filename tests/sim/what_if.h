// Forecasts compared with what really happens: a simulated cluster of the real scheduler and host loops comes to rest, a
// forecast is made on a copy of its state, and then the same is done to the cluster.
//
// How many tasks wait, of which class and for which reason, must agree, as must how many had to go for others, as far as
// nobody else, a victim included, was looking for the same room at the same time. Which hosts are chosen is drawn at random, and who of equals
// waits follows from that, so tasks are all of one size: then any choice leaves as much room as any other. With tasks of
// several sizes a forecast is one of those that may come true. So is one that holds tasks back because hosts fell silent soon after they got such
// tasks: it is left open, and said so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace aurora::sim {

struct WhatIfOutcome {
  std::optional<std::string> difference;
  std::string change;   // what was done, in words
  size_t pending = 0;   // afterwards
  size_t preempted = 0;
  bool is_left_open = false;  // a draw decided how many are held back after a loss: nothing was compared
};

// REQUIRES: the log is configured. The same seed makes the same cluster and the same change.
WhatIfOutcome compare_what_if(uint64_t seed, bool verbose = false);

}  // namespace aurora::sim

// Forecasts come true in simulated clusters.
#include "sim/what_if.h"

#include <catch2/catch.hpp>

#include "aurora/base/log.h"

namespace aurora::sim {
namespace {

TEST_CASE("what is foreseen of some simulated clusters happens, and there is something to foresee") {
  configure_log(LogFormat::Text, LogLevel::Error);
  size_t pending = 0;
  size_t preempted = 0;
  int left_open = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const WhatIfOutcome outcome = compare_what_if(seed);
    INFO("seed " << seed << ": " << outcome.change);
    CHECK(outcome.difference.value_or("") == "");
    pending += outcome.pending;
    preempted += outcome.preempted;
    left_open += outcome.is_left_open ? 1 : 0;
  }
  CHECK(pending > 50);
  CHECK(preempted > 5);
  CHECK(left_open < 6);
}

}  // namespace
}  // namespace aurora::sim

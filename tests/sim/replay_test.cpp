// What simulated schedulers decided, under faults, restarts and all commands that there are, is decided again.
#include <catch2/catch.hpp>

#include "aurora/base/log.h"
#include "aurora/scheduler/replay.h"
#include "sim/cron.h"
#include "sim/simulation.h"
#include "support/temp_folder.h"

namespace aurora::sim {
namespace {

TEST_CASE("every decision of some simulated clusters is the same when it is replayed") {
  configure_log(LogFormat::Text, LogLevel::Error);
  int64_t commands = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const test::TempFolder folder;
    CHECK(simulate({.seed = seed, .record = folder.path()}).violation.value_or("") == "");
    auto reader = store::RecordingReader::open(folder.path());
    REQUIRE(reader.ok());
    scheduler::Replay replay(simulated_zones());
    const Status replayed = replay.run(*reader, std::nullopt);
    REQUIRE(replayed.ok());
    INFO("seed " << seed);
    if (!replay.report().differences.empty()) {
      const scheduler::ReplayDifference& difference = replay.report().differences.front();
      UNSCOPED_INFO("round " << difference.round << " " << difference.command << "\nthen " << difference.recorded << "\nnow  " << difference.decided);
    }
    CHECK(replay.report().difference_count == 0);
    commands += replay.report().commands;
  }
  CHECK(commands > 5'000);
}

}  // namespace
}  // namespace aurora::sim

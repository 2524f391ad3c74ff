// The simulation itself: it repeats, and it finds bugs that are planted.
#include "sim/simulation.h"

#include <catch2/catch.hpp>

#include "aurora/base/log.h"

namespace aurora::sim {
namespace {

// The first violation among some seeds, but for those of another promise; empty if there is none.
std::string first_violation(Plant plant, uint64_t seeds, const std::string& but = "nothing") {
  configure_log(LogFormat::Text, LogLevel::Error);
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const Outcome outcome = simulate({.seed = seed, .plant = plant});
    if (outcome.violation && outcome.violation->find(but) == std::string::npos) return *outcome.violation;
  }
  return "";
}

TEST_CASE("some simulated clusters keep every promise") { CHECK(first_violation(Plant::None, 10) == ""); }

TEST_CASE("a seed makes the same history twice") {
  const Outcome first = simulate({.seed = 3});
  const Outcome second = simulate({.seed = 3});
  CHECK(first.rounds == second.rounds);
  CHECK(first.tasks == second.tasks);
}

TEST_CASE(
    "simulated tasks and updates reach every status that there is a request for, and rounds and reads are "
    "lost") {
  Seen seen;
  for (uint64_t seed = 100; seed < 200; ++seed) seen.add(simulate({.seed = seed}).seen);
  using enum core::TaskStatus;
  const std::set<core::TaskStatus> transient = {Init, Deleted};     // never stored
  for (const auto& status : EnumNames<core::TaskStatus>::values) {
    if (transient.contains(status.value)) continue;
    INFO(status.name);
    CHECK(seen.tasks.contains(status.value));
  }
  CHECK(seen.cron_runs > 500);
  CHECK(seen.cron_missed > 5);
  CHECK(seen.in_flight_max > 3);
  CHECK(seen.rounds_lost > 0);
  CHECK(seen.reads_lost > 0);
  CHECK(seen.waits_for_outbox > 0);
  CHECK(seen.victims > 0);
  CHECK(seen.returns > 0);
  CHECK(seen.plans > 100);
  CHECK(seen.plans_waiting > 10);
  CHECK(seen.planned_victims > 0);
  for (const auto& status : EnumNames<core::UpdateStatus>::values) {
    INFO(status.name);
    CHECK((seen.updates.contains(status.value) || status.value == core::UpdateStatus::Error));
  }
}

TEST_CASE("planted bugs are found, and by the promise that they break") {
  // A bug may break several; which comes first changes with the history.
  const auto check = [](Plant plant, const std::string& promise, const std::string& other = "nothing else",
                        uint64_t seeds = 60) {
    const std::string violation = first_violation(plant, seeds);
    INFO(enum_name(plant) << ": " << violation);
    CHECK((violation.find(promise) != std::string::npos || violation.find(other) != std::string::npos));
  };
  check(Plant::EffectBeforeDone, " was launched");
  check(Plant::AnswerBeforeDurable, "only part of ", "the acknowledged ");
  // Nor does that scheduler stop for a disk that hangs, and its hosts are silent meanwhile.
  const std::string early_read = first_violation(Plant::ReadBeforeDurable, 60, " is given up because its host ");
  CHECK(early_read.find("a reader was told ") != std::string::npos);
  check(Plant::SyncSkipped, ", and the scheduler does not know it", " after a restart");
  check(Plant::KillSentOnce, " runs on ");
  check(Plant::LaunchNotIdempotent, " a second time");
  check(Plant::StallCounts, " is given up because its host ", " missed ");
  check(Plant::BuryNewborn, " is born after its end was told");
  // Nor does that host know to whom it has given its GPUs.
  const std::string cut = first_violation(Plant::JournalTailCut, 60, " gives /dev/");
  CHECK((cut.find(" runs on ") != std::string::npos || cut.find(" a second time") != std::string::npos));
  check(Plant::KillUnknown, ", which the scheduler does not know");
  check(Plant::KillRepeats, " is sent SIGTERM a second time");
  check(Plant::DigestWithoutStatus, " stays STARTING", "nothing else", 200);
  check(Plant::HealthForgotten, " starts after it ran");
  check(Plant::MarksForgotten, " could be done again");
}

}  // namespace
}  // namespace aurora::sim

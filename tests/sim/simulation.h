// One simulated cluster: some minutes of work under faults, then a healed network, then everything must
// settle.
#pragma once

#include "sim/checks.h"
#include "sim/host.h"
#include "sim/network.h"

namespace aurora::sim {

// Bugs that must be found.
enum class Plant {
  None,
  EffectBeforeDone,
  AnswerBeforeDurable,
  ReadBeforeDurable,
  SyncSkipped,
  KillSentOnce,
  LaunchNotIdempotent,
  StallCounts,
  BuryNewborn,
  JournalTailCut,
  KillUnknown,
  KillRepeats,
  DigestWithoutStatus,
  HealthForgotten,
  MarksForgotten,
};

struct Options {
  uint64_t seed = 1;
  Plant plant = Plant::None;
  bool verbose = false;
  std::string record = {};  // the schedulers' rounds go to this folder
};

struct Outcome {
  std::optional<std::string> violation;
  uint64_t rounds = 0;  // of the scheduler
  size_t tasks = 0;     // in its tables at the end
  Seen seen;
};

Outcome simulate(const Options& options);

}  // namespace aurora::sim

template <>
struct aurora::EnumNames<aurora::sim::Plant> {
  using enum aurora::sim::Plant;
  static constexpr std::array<EnumName<aurora::sim::Plant>, 15> values{
      {{None, "none"},
       {EffectBeforeDone, "effect-before-done"},
       {AnswerBeforeDurable, "answer-before-durable"},
       {ReadBeforeDurable, "read-before-durable"},
       {SyncSkipped, "sync-skipped"},
       {KillSentOnce, "kill-sent-once"},
       {LaunchNotIdempotent, "launch-not-idempotent"},
       {StallCounts, "stall-counts"},
       {BuryNewborn, "bury-newborn"},
       {JournalTailCut, "journal-tail-cut"},
       {KillUnknown, "kill-unknown"},
       {KillRepeats, "kill-repeats"},
       {DigestWithoutStatus, "digest-without-status"},
       {HealthForgotten, "health-forgotten"},
       {MarksForgotten, "marks-forgotten"}}};
};

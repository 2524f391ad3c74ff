// Has hosts list what they have now and then, although their beats say the same by digests (Aurora 0.22,
// spec/scheduler.md §2.9): whatever a digest may have hidden is found within an hour.
#pragma once

#include <functional>
#include <memory>

#include "aurora/core/commands/command.h"

namespace aurora::scheduler {

struct ReconciliationTimes {
  Duration initial_delay = minutes(1);      // after the start, until hosts with tasks are asked
  Duration explicit_interval = hours(1);    // between two such rounds
  Duration implicit_interval = hours(1);    // of rounds that ask all hosts
  Duration schedule_spread = minutes(30);   // after the first explicit round, until the first of these
};

class ReconciliationClock {
 public:
  using Ask = std::function<void(core::Reconcile::Kind)>;  // on a thread of its own; must not wait
  ReconciliationClock(const ReconciliationTimes& times, Ask ask);
  ~ReconciliationClock();  // nobody is asked any more

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aurora::scheduler

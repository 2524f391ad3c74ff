// A cluster and what a decision needs: runs commands as the engine does, without timers, follow-ups and disk.
#pragma once

#include "support/builders.h"
#include "support/fake_clock.h"

namespace aurora::test {

struct Decider {
  core::Cluster cluster;
  core::SchedulerSettings settings;
  FakeClock clock;
  Rng rng{1};
  SharedText scheduler_host = "scheduler";
  std::vector<core::Effect> effects;  // of every decision, oldest first

  core::Context context() { return {clock.now(), rng, scheduler_host, settings}; }

  void apply(const std::vector<core::Change>& changes) {
    for (const core::Change& change : changes) cluster.apply(change);
  }
  const core::Task& add(const core::Task& task) {
    cluster.apply(core::TaskSaved{task});
    return *cluster.find_task(task.id);
  }

  template <typename Command>
  Result<core::Decided> run(const Command& command) {
    Result<core::Decided> decision = decide(cluster, command, context());
    if (decision.ok()) keep(*decision);
    return decision;
  }
  void keep(const core::Decision& decision) {
    apply(decision.changes);
    effects.insert(effects.end(), decision.effects.begin(), decision.effects.end());
  }
};

// The answer's text, or the error's.
inline std::string text_of(const Result<core::Decided>& decision) {
  if (!decision.ok()) return decision.error().message;
  const auto* message = std::get_if<core::Message>(&decision->answer);
  return message != nullptr ? message->text : "";
}

}  // namespace aurora::test

// One round of the engine: decisions one after the other, each on the state that those before it left; then
// one commit; then answers and effects. Lives on the engine's thread, for the length of run_round().
#pragma once

#include "scheduler/engine_state.h"

namespace aurora::scheduler {

class Engine::Round {
 public:
  Round(Engine& engine, Instant now);

  bool is_full()
      const;  // further commands wait for the next round, so that readers and answers do not wait long
  void execute(const core::Command& command, Done done);
  void place(const std::set<core::ConfigHash>& groups);
  // Commits, then answers and posts. False if the commit failed: then nothing left this process.
  bool finish();

 private:
  struct Answered {
    Done done;
    Result<core::Answer> answer;
  };
  void absorb(core::Decision decision);
  void apply(const core::Change& change);
  void count(const core::Command& command, const core::Decision& decision);
  Status commit();

  Engine& engine_;
  State& state_;
  core::Context context_;
  std::unique_lock<std::shared_mutex> lock_;  // from the first change on
  std::vector<core::Change> changes_;
  std::vector<core::Effect> effects_;
  std::vector<Answered> answers_;
};

}  // namespace aurora::scheduler

// One round of the engine: decisions one after the other, each on the state that those before it left; then
// all their changes go to the log, and answers and effects leave when it has made them durable. Lives on the
// engine's thread, for the length of run_round().
#pragma once

#include "aurora/scheduler/transition_sink.h"
#include "aurora/store/recording.h"
#include "scheduler/engine_state.h"

namespace aurora::scheduler {

class Engine::Round {
 public:
  Round(Engine& engine, Instant now);

  bool is_full() const;  // further commands wait for the next round, so that the log has something to do
  void execute(Queued queued);
  void place(const std::set<core::ConfigHash>& groups, size_t tasks_max);
  void unlock();  // the cluster; what follows locks it again
  void finish();  // to the log, or to whom it concerns if there is nothing to make durable

 private:
  struct Answered {
    Done done;
    Result<core::Answer> answer;
  };
  struct Output {
    std::vector<Answered> answers;
    std::vector<core::Effect> effects;
    std::vector<Event> events;
    std::vector<TaskTransition> transitions;
  };
  enum class Seen { Whole, InParts };  // a decision's changes, by readers
  void absorb(core::Decision decision, Seen seen);
  void apply(const core::Change& change);
  void note_transition(const core::Change& change);
  void note_in_flight(const core::Change& change);
  void keep(core::Change change);  // for the log
  // If there is a recorder. The first is called before anything is decided, the second when it is.
  void begin_record();
  void record(core::Command command, std::optional<core::RequestMark> mark, const Result<core::Decided>& decided);
  void let_readers_in();           // if they have been kept out for long enough
  void count(const core::Command& command, const core::Decided& decided);
  void count_penalties(const std::set<core::ConfigHash>& tried, const core::PlaceTasks::Answer& answer);

  Engine& engine_;
  State& state_;
  core::Context context_;
  const RoundNumber number_;  // if it has durable changes
  std::unique_lock<std::shared_mutex> lock_;
  int64_t locked_at_nanos_ = 0;
  int64_t lock_waits_ = 0;
  int64_t lock_wait_nanos_ = 0;
  size_t applied_ = 0;
  std::vector<core::Change> changes_;  // durable ones
  size_t bytes_ = 0;                   // of these
  Output output_;
  uint64_t random_ = 0;  // before the decision that is being made
  store::RecordedRound recorded_;
};

}  // namespace aurora::scheduler

#include "scheduler/round.h"

#include <algorithm>

#include "aurora/base/log.h"
#include "scheduler/host_log.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr size_t kChangesPerRound = 10'000;  // about half a second of work
constexpr int kFollowUpsMax = 1'000;         // an update follows on itself a few times; more is a bug

}  // namespace

Engine::Round::Round(Engine& engine, Instant now)
    : engine_(engine),
      state_(*engine.state_),
      context_{now, state_.rng, state_.config.scheduler_host, state_.config.settings},
      lock_(engine.mutex_, std::defer_lock) {}

bool Engine::Round::is_full() const { return changes_.size() >= kChangesPerRound; }

void Engine::Round::execute(const Command& command, Done done) {
  Result<Decision> decision =
      std::visit([&](const auto& c) { return decide(state_.cluster, c, context_); }, command);
  if (!decision.ok()) {
    answers_.push_back({std::move(done), std::move(decision).error()});
    return;
  }
  count(command, *decision);
  answers_.push_back({std::move(done), std::move(decision->answer)});
  absorb(std::move(decision).value());
}

void Engine::Round::place(const std::set<ConfigHash>& groups) {
  Result<Decision> decision = decide(state_.cluster, PlaceTasks{.groups = groups}, context_);
  PlaceTasks::Answer answer;
  if (decision.ok()) {
    answer = std::get<PlaceTasks::Answer>(decision->answer);
    absorb(std::move(decision).value());
  } else {
    log_error("scheduler", "placement failed: " + decision.error().message);
    answer.unplaced = groups;
    state_.counters.add("schedule_attempts_failed");
  }
  int64_t unplaced = 0;
  for (const ConfigHash& hash : answer.unplaced) {
    const auto group = state_.cluster.pending_groups().find(hash);
    if (group != state_.cluster.pending_groups().end())
      unplaced += static_cast<int64_t>(group->second.size());
  }
  state_.counters.add("schedule_attempts_fired", answer.placed + unplaced);
  state_.counters.add("schedule_attempts_no_match", unplaced);
  state_.placement.answered(state_.cluster, groups, answer, context_.now);
}

void Engine::Round::absorb(Decision decision) {
  for (int follow_ups = 0; !decision.changes.empty() || !decision.effects.empty() || !decision.counts.empty();
       ++follow_ups) {
    for (const auto& [name, count] : decision.counts) state_.counters.add(name, count);
    for (Effect& effect : decision.effects) effects_.push_back(std::move(effect));
    for (const Change& change : decision.changes) apply(change);
    if (follow_ups == kFollowUpsMax) {
      log_error("scheduler", "an update kept following on itself: its next step waits for another change");
      return;
    }
    Decision next = follow_up(state_.cluster, decision.changes, context_);
    for (Change& change : decision.changes) changes_.push_back(std::move(change));
    decision = std::move(next);
  }
}

void Engine::Round::apply(const Change& change) {
  if (!lock_.owns_lock()) engine_.lock_for_writing(lock_);
  state_.placement.observe(state_.cluster, change, context_.now);
  state_.change_counters.observe(state_.cluster, change);
  log_host(state_.cluster, change);
  state_.cluster.apply(change);
  state_.timers.add(timers_for(state_.cluster, change, context_));
}

void Engine::Round::count(const Command& command, const Decision& decision) {
  if (std::holds_alternative<RetryKill>(command) && !decision.effects.empty()) {
    state_.counters.add("task_kill_retries");
  }
  const auto* change = std::get_if<ChangeTask>(&command);
  if (change == nullptr || !change->expected || !is_transient(*change->expected) || decision.changes.empty())
    return;
  state_.counters.add(change->expected_since ? "timed_out_tasks" : "assigner_launch_failures");
}

Status Engine::Round::commit() {
  if (std::ranges::none_of(changes_, is_durable)) return Unit{};
  const int64_t start = steady_nanos();
  TRY(state_.store.commit(changes_));
  state_.counters.add("scheduler_log_native_append_events");
  state_.counters.add("scheduler_log_native_append_nanos_total", steady_nanos() - start);
  return Unit{};
}

bool Engine::Round::finish() {
  if (const Status committed = commit(); !committed.ok()) {
    state_.failed = true;
    state_.config.on_commit_failure(committed.error());
    return false;
  }
  if (lock_.owns_lock()) lock_.unlock();
  for (Answered& answered : answers_) {
    if (answered.done) answered.done(std::move(answered.answer));
  }
  if (!effects_.empty()) state_.outbox.post(std::move(effects_));
  return true;
}

}  // namespace aurora::scheduler

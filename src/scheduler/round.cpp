#include "scheduler/round.h"

#include <algorithm>
#include <bit>

#include "aurora/base/log.h"
#include "aurora/core/cluster/task_after.h"
#include "aurora/scheduler/recorder.h"
#include "aurora/scheduler/transition_sink.h"
#include "scheduler/find_event.h"
#include "scheduler/host_log.h"
#include "scheduler/workload.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr size_t kChangesPerRound =
    1'000;  // some tens of milliseconds: the log works on one while the next is decided
constexpr int kFollowUpsMax = 1'000;  // an update follows on itself a few times; more is a bug

// Changes are applied for so long before readers get their turn: with the lock given up after each decision,
// readers who are always there would make the engine wait for one of them as often.
constexpr int64_t kLockNanosMax = 500'000;

// What a change holds while it is in flight, about: configurations are shared.
size_t bytes_of(const Change& change) {
  size_t bytes = sizeof(Change) + 200;
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    bytes += saved->task.events.size() * sizeof(TaskEvent);
  } else if (const auto* update = std::get_if<UpdateSaved>(&change)) {
    bytes += update->update->events.size() * sizeof(UpdateEvent) +
             update->update->instance_events.size() * sizeof(InstanceUpdateEvent);
  } else if (const auto* cron = std::get_if<CronProgressed>(&change)) {
    bytes += cron->progress.runs.size() * sizeof(CronRun);
  }
  return bytes;
}

size_t count_launches(const std::vector<Effect>& effects) {
  const auto is_launch = [](const Effect& effect) { return std::holds_alternative<LaunchTask>(effect); };
  return static_cast<size_t>(std::ranges::count_if(effects, is_launch));
}

}  // namespace

Engine::Round::Round(Engine& engine, Instant now)
    : engine_(engine),
      state_(*engine.state_),
      context_{now, state_.rng, state_.config.scheduler_host, state_.config.settings},
      number_(state_.last_round + 1),
      lock_(engine.mutex_, std::defer_lock) {}

bool Engine::Round::is_full() const { return applied_ >= kChangesPerRound; }

void Engine::Round::begin_record() { random_ = std::bit_cast<uint64_t>(state_.rng); }

// What it changes is added as it is applied, with what follows from it.
void Engine::Round::record(Command command, std::optional<RequestMark> mark, const Result<Decided>& decided) {
  if (state_.config.recorder == nullptr) return;
  store::RecordedDecision& one = recorded_.decisions.emplace_back();
  one.command = std::move(command);
  one.mark = std::move(mark);
  one.random = random_;
  if (!decided.ok()) one.error = decided.error().message;
}

void Engine::Round::execute(Queued queued) {
  let_readers_in();
  begin_record();
  Result<Decided> decision =
      queued.mark ? decide_once(state_.cluster, queued.command, *queued.mark, context_)
                  : std::visit([&](const auto& c) { return decide(state_.cluster, c, context_); }, queued.command);
  if (decision.ok() && (!queued.mark || !decision->changes.empty())) count(queued.command, *decision);
  record(std::move(queued.command), std::move(queued.mark), decision);
  if (!decision.ok()) {
    output_.answers.push_back({std::move(queued.done), std::move(decision).error()});
    return;
  }
  output_.answers.push_back({std::move(queued.done), std::move(decision->answer)});
  absorb(std::move(decision).value(), Seen::Whole);
}

// Decided while others read: a large one takes long.
void Engine::Round::place(const std::set<ConfigHash>& groups, size_t tasks_max) {
  unlock();
  PlaceTasks command{.groups = groups};
  command.preempts = state_.placement.preempts(context_.now);
  command.tasks_max = static_cast<int32_t>(std::min(static_cast<size_t>(command.tasks_max), tasks_max));
  begin_record();
  const int64_t begin = steady_nanos();
  Result<Decided> decision = decide(state_.cluster, command, context_);
  state_.counters.add("task_schedule_attempt_events");
  state_.counters.add("task_schedule_attempt_nanos_total", steady_nanos() - begin);
  record(command, std::nullopt, decision);
  PlaceTasks::Answer answer;
  if (decision.ok()) {
    answer = std::get<PlaceTasks::Answer>(decision->answer);
    absorb(std::move(decision).value(), Seen::InParts);
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
  count_penalties(groups, answer);
  state_.placement.answered(state_.cluster, groups, answer, context_.now);
}

void Engine::Round::absorb(Decision decision, Seen seen) {
  for (int follow_ups = 0; !decision.changes.empty() || !decision.effects.empty() || !decision.counts.empty();
       ++follow_ups) {
    for (const auto& [name, count] : decision.counts) state_.counters.add(name, count);
    for (Effect& effect : decision.effects) output_.effects.push_back(std::move(effect));
    for (const Change& change : decision.changes) {
      if (seen == Seen::InParts) let_readers_in();
      apply(change);
    }
    if (follow_ups == kFollowUpsMax) {
      log_error("scheduler", "an update kept following on itself: its next step waits for another change");
      for (Change& change : decision.changes) keep(std::move(change));
      return;
    }
    Decision next = follow_up(state_.cluster, decision.changes, context_);
    for (Change& change : decision.changes) keep(std::move(change));
    decision = std::move(next);
  }
}

void Engine::Round::keep(Change change) {
  if (state_.config.recorder != nullptr) recorded_.decisions.back().changes.push_back(change);
  if (!is_durable(change)) return;
  bytes_ += bytes_of(change);
  changes_.push_back(std::move(change));
}

void Engine::Round::let_readers_in() {
  if (lock_.owns_lock() && steady_nanos() - locked_at_nanos_ >= kLockNanosMax) lock_.unlock();
}

void Engine::Round::unlock() {
  if (lock_.owns_lock()) lock_.unlock();
}

void Engine::Round::apply(const Change& change) {
  if (!lock_.owns_lock()) {
    const int64_t begin = steady_nanos();
    engine_.lock_for_writing(lock_);
    locked_at_nanos_ = steady_nanos();
    ++lock_waits_;
    lock_wait_nanos_ += locked_at_nanos_ - begin;
  }
  if (is_durable(change)) note_in_flight(change);
  ++applied_;
  state_.placement.observe(state_.cluster, change, context_.now);
  state_.change_counters.observe(state_.cluster, change);
  state_.sizes.observe(state_.cluster, change);
  log_host(state_.cluster, change);
  add_events(state_.cluster, change, context_.now, output_.events);
  if (state_.config.transitions != nullptr) note_transition(change);
  state_.cluster.apply(change);
  state_.timers.apply(timers_for(state_.cluster, change, context_));
}

void Engine::Round::note_in_flight(const Change& change) {
  engine_.applied_ = number_;
  state_.jobs_in_flight.forget(state_.in_flight.durable());
  state_.jobs_in_flight.note(state_.cluster, change, number_);
}

void Engine::Round::note_transition(const Change& change) {
  const auto after = find_task_after(state_.cluster, change);
  if (!after || !state_.config.transitions->wants(after->status)) return;
  const Task* known = state_.cluster.find_task(after->record.id);
  if (known != nullptr && known->status == after->status) return;
  const Host* host = state_.cluster.find_host(after->host);
  output_.transitions.push_back({after->record, known == nullptr ? TaskStatus::Init : known->status,
                                 host == nullptr ? "" : host->agent_id});
  if (const auto* moved = std::get_if<TaskMoved>(&change)) core::apply(moved->move, output_.transitions.back().task);
}

void Engine::Round::count(const Command& command, const Decided& decided) {
  if (const auto workload = workload_of(command, decided.answer))
    state_.counters.add(workload->counter, workload->objects);
  if (auto event = find_event(command, decided.answer, context_.now)) output_.events.push_back(*std::move(event));
  if (std::holds_alternative<RetryKill>(command) && !decided.effects.empty()) {
    state_.counters.add("task_kill_retries");
  }
  const auto* change = std::get_if<ChangeTask>(&command);
  if (change == nullptr || !change->expected || !is_transient(*change->expected) || decided.changes.empty())
    return;
  state_.counters.add(change->expected_since ? "timed_out_tasks" : "assigner_launch_failures");
}

// How long the groups of which tasks got a host had waited between two tries.
void Engine::Round::count_penalties(const std::set<ConfigHash>& tried, const PlaceTasks::Answer& answer) {
  if (answer.placed == 0) return;
  for (const ConfigHash& group : tried) {
    const auto penalty = answer.unplaced.contains(group) ? std::nullopt : state_.placement.penalties().find(group);
    if (!penalty) continue;
    state_.counters.add("scheduled_task_penalty_events");
    state_.counters.add("scheduled_task_penalty_ms_total", penalty->ms);
  }
}

void Engine::Round::finish() {
  unlock();
  if (!recorded_.decisions.empty()) {
    recorded_.at = context_.now;
    state_.config.recorder->note(std::move(recorded_), state_.cluster);
  }
  if (lock_waits_ > 0) {
    state_.counters.add("storage_write_lock_wait_events", lock_waits_);
    state_.counters.add("storage_write_lock_wait_ns_total", lock_wait_nanos_);
  }
  const size_t launches = count_launches(output_.effects);
  state_.launches_in_flight += launches;
  RoundsInFlight::Tell tell = [&state = state_, launches,
                               output = std::make_shared<Output>(std::move(output_))] {
    if (!output->transitions.empty()) state.config.transitions->post(std::move(output->transitions));
    // Before the answers: who has one finds what it tells of.
    state.events->add(std::move(output->events));
    for (Answered& answered : output->answers) {
      if (answered.done) answered.done(std::move(answered.answer));
    }
    if (!output->effects.empty()) state.outbox.post(std::move(output->effects));
    state.launches_in_flight -= launches;
  };
  if (changes_.empty()) return state_.in_flight.add_behind(std::move(tell));
  state_.last_round = number_;
  state_.in_flight.add(number_, bytes_, state_.clock.monotonic(), std::move(tell));
  state_.log.append(number_, std::move(changes_), [&state = state_, round = number_](const Status& made) {
    made.ok() ? state.in_flight.done(round) : state.fail(made.error());
  });
}

}  // namespace aurora::scheduler

#include "sim/machine.h"

namespace aurora::sim {

using namespace core;

namespace {

// What the task's processes do is said by its configuration, so that an update can change it.
std::string behaviour_of(const Task& task) {
  for (const Metadata& entry : task.config->metadata) {
    if (entry.key == "behaviour") return entry.value;
  }
  return "run";
}

// As find_end_reason() would tell it from a checkpoint.
std::optional<EndReason> reason_of(std::optional<RunState> state) {
  if (state == RunState::Success) return std::nullopt;
  if (state == RunState::Failed) return EndReason{.cause = EndCause::Exited, .process = "main", .exit_code = 1};
  if (state == RunState::Killed) return EndReason{.cause = EndCause::Killed, .process = "main", .signal = 15};
  return EndReason{.cause = EndCause::RunnerDied};
}

}  // namespace

Status Machine::start(const Task& task) {
  const auto [entry, is_new] = runs_.try_emplace(task.id);
  if (!is_new) world_.fail("host " + name_ + " starts task " + task.id.value() + " a second time");
  if (world_.chance(0.02)) return Error{ErrorCode::InvalidArgument, "The sandbox cannot be made."};
  const auto [elsewhere, is_only] = live_.try_emplace(task.id, name_);
  if (!is_only) {
    world_.fail("task " + task.id.value() + " runs on " + name_ + " and on " + elsewhere->second +
                " at once");
  }
  world_.note(name_ + ": runner of " + task.id.value());
  const std::string behaviour = behaviour_of(task);
  entry->second.live = true;
  entry->second.accepted = {task.id, world_.now(), summary_of(task)};
  entry->second.ignores_kill = behaviour == "stubborn";
  world_.after(world_.between(milliseconds(1), milliseconds(500)), [this, id = task.id] { begin(id); });
  if (behaviour == "finish") end_later(task.id, world_.between(seconds(1), seconds(20)), RunState::Success);
  if (behaviour == "fail")
    end_later(task.id, world_.between(milliseconds(200), seconds(3)), RunState::Failed);
  if (behaviour == "run" && world_.chance(0.15)) {
    end_later(task.id, world_.between(seconds(5), seconds(120)), RunState::Failed);
  }
  return Unit{};
}

void Machine::begin(const TaskId& task_id) {
  Run& run = runs_.at(task_id);
  if (!run.live) return;
  if (world_.now() < run.paused_until) {
    return world_.after(run.paused_until - world_.now(), [this, task_id] { begin(task_id); });
  }
  run.started = true;
  run.end.last_state = RunState::Active;
  events_.push_back(RunnerStarted{task_id});
  on_wake();
}

void Machine::end_later(const TaskId& task_id, Duration delay, RunState state) {
  world_.after(delay, [this, task_id, state] { end_unless_paused(task_id, state); });
}

void Machine::end_unless_paused(const TaskId& task_id, RunState state) {
  const Instant until = runs_.at(task_id).paused_until;
  if (world_.now() < until) return end_later(task_id, until - world_.now(), state);
  end(task_id, state, 0);
}

void Machine::pause_a_runner(Duration time) {
  std::vector<std::pair<const TaskId, Run>*> live;
  for (auto& entry : runs_) {
    if (entry.second.live) live.push_back(&entry);
  }
  if (live.empty()) return;
  auto& [task_id, run] = *live[world_.rng.below(live.size())];
  world_.note(name_ + ": runner of " + task_id.value() + " stands still for " + std::to_string(time.ms) +
              " ms");
  run.paused_until = world_.now() + time;
}

void Machine::end(const TaskId& task_id, std::optional<RunState> state, std::optional<int> exit_code) {
  const auto entry = runs_.find(task_id);
  if (entry == runs_.end() || !entry->second.live) return;
  Run& run = entry->second;
  run.live = false;
  live_.erase(task_id);
  if (state) run.end.last_state = state;
  run.end.reason = reason_of(state);
  if (run.is_child) {
    run.end.exit_code = exit_code;
    if (!exit_code) run.end.signal = 9;
  }
  events_.push_back(RunnerExited{task_id, run.end});
  on_wake();
}

void Machine::request_kill(const TaskId& task_id) {
  const auto entry = runs_.find(task_id);
  if (entry == runs_.end() || !entry->second.live || entry->second.ignores_kill) return;
  end_later(task_id, world_.between(milliseconds(10), seconds(2)), RunState::Killed);
}

void Machine::destroy(const TaskId& task_id) { end(task_id, std::nullopt, std::nullopt); }

HostTasks::FoundRunner Machine::adopt(const TaskId& task_id) {
  const auto entry = runs_.find(task_id);
  if (entry == runs_.end()) return {};
  return {entry->second.live, entry->second.started, entry->second.end};
}

std::vector<executor::RunnerHost::FoundFolder> Machine::list_found() {
  std::vector<FoundFolder> found;
  for (const auto& [task_id, run] : runs_) {
    if (run.accepted) found.push_back({task_id, run.live});
  }
  return found;
}

TaskAccepted Machine::recover(const TaskId& task_id) { return *runs_.at(task_id).accepted; }

std::vector<HostEvent> Machine::wait(Duration) { return std::exchange(events_, {}); }

Status Machine::append(const std::vector<HostRecord>& records) {
  if (records.empty()) return Unit{};
  std::vector<std::string> bytes;
  for (const HostRecord& record : records) bytes.push_back(executor::encode_record(record));
  return test::BatchLog(disk).append(bytes);
}

// The simulated disk is never short of room: only a real journal shrinks.
Status Machine::compact(const std::vector<HostRecord>&) { return Unit{}; }

Result<std::vector<HostRecord>> Machine::load() {
  std::vector<HostRecord> records;
  const auto batches = TRY(test::BatchLog(disk).load());
  for (const auto& batch : batches) {
    for (const std::string& bytes : batch) records.push_back(TRY(executor::decode_record(bytes)));
  }
  return records;
}

void Machine::forget_events() {
  events_.clear();
  for (auto& [task_id, run] : runs_) run.is_child = false;
}

void Machine::lose_power() {
  for (auto& [task_id, run] : runs_) {
    if (run.live) live_.erase(task_id);
    if (run.live) run.end.reason = reason_of(std::nullopt);
    run.live = false;
  }
  disk.lose_power(world_.rng);
}

}  // namespace aurora::sim

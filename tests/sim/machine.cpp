#include "sim/machine.h"

#include <algorithm>

#include "executor/bytes.h"

namespace aurora::sim {

using namespace core;

Machine::Machine(World& world, std::string name, LiveRuns& live)
    : world_(world),
      name_(std::move(name)),
      setting_{.world = world,
               .live = live,
               .host = name_,
               .on_started =
                   [this](Runner& runner) {
                     on_birth(runner.task_id());
                     events_.push_back(RunnerStarted{runner.task_id(), runner.traits()});
                     on_wake();
                   },
               .on_ended =
                   [this](Runner& runner) {
                     events_.push_back(RunnerExited{runner.task_id(), end_of(folders_.at(runner.task_id()))});
                     on_wake();
                   }},
      health_setting_{.world = world,
                      .host = name_,
                      .find_runner = [this](const TaskId& task_id) { return find_runner(task_id); },
                      .deliver =
                          [this](HostEvent event) {
                            events_.push_back(std::move(event));
                            on_wake();
                          }} {}

Status Machine::start(const Task& task, const std::vector<std::string>& gpus) {
  if (!started_.insert(task.id).second) {
    world_.fail("host " + name_ + " starts task " + task.id.value() + " a second time");
    return Unit{};
  }
  if (world_.chance(0.02)) return Error{ErrorCode::InvalidArgument, "The sandbox cannot be made."};
  world_.note(name_ + ": runner of " + task.id.value());
  for (const std::string& gpu : gpus) {
    if (const auto other = find_user(gpu))
      world_.fail("host " + name_ + " gives " + gpu + " of " + other->value() + " to " + task.id.value());
  }
  if (static_cast<int64_t>(gpus.size()) != task.config->resources.gpus)
    world_.fail("host " + name_ + " gives " + task.id.value() + " a wrong number of GPUs");
  Folder& folder = folders_[task.id];
  folder.accepted = {task.id, world_.now(), summary_of(task)};
  folder.accepted.summary.gpus = gpus;
  folder.runner = std::make_unique<Runner>(setting_, task);
  const Instant soon = world_.now() + world_.between(milliseconds(1), milliseconds(500));
  world_.after(std::max(soon, births_at_) - world_.now(),
               [runner = folder.runner.get()] { runner->be_born(); });
  return Unit{};
}

// The task whose runner lives and that was given it.
std::optional<TaskId> Machine::find_user(const std::string& gpu) const {
  for (const auto& [task_id, folder] : folders_) {
    const auto& own = folder.accepted.summary.gpus;
    const bool has_it = std::find(own.begin(), own.end(), gpu) != own.end();
    if (has_it && folder.runner->stage() == Runner::Stage::Alive) return task_id;
  }
  return std::nullopt;
}

Runner* Machine::find_runner(const TaskId& task_id) {
  const auto folder = folders_.find(task_id);
  return folder == folders_.end() ? nullptr : folder->second.runner.get();
}

void Machine::request_kill(const TaskId& task_id) {
  on_kill(task_id);
  if (Runner* runner = find_runner(task_id)) runner->request_kill();
}

void Machine::destroy(const TaskId& task_id) {
  if (Runner* runner = find_runner(task_id)) runner->destroy();
}

// How a runner ended that is no child is not known; what it wrote is.
RunnerEnd Machine::end_of(const Folder& folder) const {
  RunnerEnd end = folder.runner->end();
  if (!folder.is_child) {
    end.exit_code.reset();
    end.signal.reset();
  }
  return end;
}

bool Machine::is_held(const Folder& folder) const {
  if (folder.runner->stage() == Runner::Stage::Unborn) return !buries_newborns;
  return folder.runner->stage() == Runner::Stage::Alive;
}

HostTasks::FoundRunner Machine::adopt(const TaskId& task_id) {
  const auto folder = folders_.find(task_id);
  if (folder == folders_.end()) return {};
  const Runner& runner = *folder->second.runner;
  return {is_held(folder->second), runner.has_started(), end_of(folder->second), runner.traits()};
}

std::vector<executor::RunnerHost::FoundFolder> Machine::list_found() {
  std::vector<FoundFolder> found;
  if (cuts_tails) return found;
  for (const auto& [task_id, folder] : folders_) found.push_back({task_id, is_held(folder)});
  return found;
}

TaskAccepted Machine::recover(const TaskId& task_id) { return folders_.at(task_id).accepted; }

std::vector<HostEvent> Machine::wait(Duration) { return std::exchange(events_, {}); }

Status Machine::append(const std::vector<HostRecord>& records) {
  if (records.empty()) return Unit{};
  for (const HostRecord& record : records) {
    if (forgets_health && std::holds_alternative<TaskHealthy>(record)) continue;
    disk.append(executor::frame(executor::encode_record(record)));
  }
  return disk.sync();
}

// The simulated disk is never short of room: only a real journal shrinks.
Status Machine::compact(const std::vector<HostRecord>&) { return Unit{}; }

// As a FileJournal opens its file: what is no record is left out, and not there any more.
Result<std::vector<HostRecord>> Machine::load() {
  const std::string bytes = disk.bytes();
  const auto is_record = [](std::string_view payload) { return executor::decode_record(payload).ok(); };
  const executor::Frames frames =
      cuts_tails ? executor::split_frames(bytes) : executor::split_frames(bytes, is_record);
  if (!frames.gaps.empty()) world_.note(name_ + ": the journal is damaged");
  std::vector<HostRecord> records;
  disk.truncate(0);
  for (const std::string_view payload : frames.payloads) {
    records.push_back(TRY(executor::decode_record(payload)));
    disk.append(executor::frame(payload));
  }
  TRY(disk.sync());
  return records;
}

void Machine::forget_events() {
  events_.clear();
  health_.forget();
  for (auto& [task_id, folder] : folders_) folder.is_child = false;
}

void Machine::pause_a_runner(Duration time) {
  std::vector<Runner*> live;
  for (const auto& [task_id, folder] : folders_) {
    if (folder.runner->stage() == Runner::Stage::Alive) live.push_back(folder.runner.get());
  }
  if (!live.empty()) live[world_.rng.below(live.size())]->pause(time);
}

void Machine::pause_nursery(Duration time) {
  world_.note(name_ + ": nobody is born for " + std::to_string(time.ms) + " ms");
  births_at_ = std::max(births_at_, world_.now() + time);
}

void Machine::damage_journal() {
  if (disk.bytes().empty()) return;
  world_.note(name_ + ": bytes of the journal change");
  health_.expect_damage();
  for (uint64_t left = 1 + world_.rng.below(3); left > 0; --left) {
    disk.flip(world_.rng.below(disk.bytes().size()));
  }
  // What could not begin has left nothing but its records: without them it may be tried once more.
  std::erase_if(started_, [this](const TaskId& task_id) { return !folders_.contains(task_id); });
}

void Machine::lose_power() {
  for (auto& [task_id, folder] : folders_) folder.runner->lose_power();
  disk.lose_power(world_.rng);
}

}  // namespace aurora::sim

#include "sim/scheduler.h"

#include <algorithm>
#include <utility>

#include "aurora/codec/json.h"

namespace aurora::sim {

using namespace core;

namespace {

// Short times, so that a few simulated minutes hold many lives of a task.
scheduler::EngineConfig engine_config() {
  scheduler::EngineConfig config;
  config.scheduler_host = "scheduler";
  config.settings.cluster_id = kClusterId;
  config.listen_for = seconds(10);
  config.settings.host_timeout = seconds(50);  // two lost reports: each is told again after 20
  TaskTiming& timing = config.settings.timing;
  timing.flapping_task_threshold = seconds(20);
  timing.initial_flapping_task_delay = seconds(2);
  timing.max_flapping_task_delay = seconds(10);
  timing.transient_task_state_timeout = seconds(60);
  timing.initial_task_kill_retry_interval = seconds(3);
  timing.max_schedule_penalty = seconds(10);
  timing.history_max_per_job_threshold = 5;
  timing.history_min_retention_threshold = seconds(30);
  return config;
}

}  // namespace

// The planted bug: what the engine posts after the commit has already left before it.
class Scheduler::EarlyStore final : public store::Store {
 public:
  EarlyStore(test::SimDisk& disk, Scheduler& scheduler) : store_(disk), scheduler_(scheduler) {}
  Status commit(const std::vector<Change>& changes) override {
    for (const Change& change : changes) {
      const auto* saved = std::get_if<TaskSaved>(&change);
      if (saved == nullptr) continue;
      const Task& task = saved->task;
      if (task.status == TaskStatus::Assigned) scheduler_.deliver_(LaunchTask{task.host, task});
      if (task.status == TaskStatus::Killing) scheduler_.deliver_(KillTask{task.host, task.id});
    }
    return store_.commit(changes);
  }
  Result<std::vector<Change>> load() override { return store_.load(); }

 private:
  test::MemoryStore store_;
  Scheduler& scheduler_;
};

Scheduler::Scheduler(World& world, Deliver deliver)
    : world_(world), deliver_(std::move(deliver)), clock_(world) {}

void Scheduler::start() {
  if (engine_) return;
  world_.note("scheduler starts");
  if (posts_before_commit) {
    store_ = std::make_unique<EarlyStore>(disk_, *this);
  } else {
    store_ = std::make_unique<test::MemoryStore>(disk_);
  }
  scheduler::EngineConfig config = engine_config();
  config.on_commit_failure = [this](const Error&) { failed_commit_ = true; };
  time_ = std::make_unique<SlewedClock>(clock_);
  Clock& engine_time = pauses_count ? *time_ : time_->attendant();
  engine_ = std::make_unique<scheduler::Engine>(config, *store_, engine_time, Rng(world_.rng.next()), *this,
                                                counters_);
  if (const Status started = engine_->start(); !started.ok()) {
    return world_.fail("the scheduler does not start: " + started.error().message);
  }
  if (committed_) {
    const Snapshot found = take_snapshot();
    compare("task", committed_->tasks, found.tasks);
    compare("update", committed_->updates, found.updates);
    committed_.reset();
  }
  ++rounds_;
  step_at(world_.now());
}

void Scheduler::compare(const std::string& kind, const std::map<std::string, std::string>& before,
                        const std::map<std::string, std::string>& after) {
  for (const auto& [name, record] : before) {
    const auto found = after.find(name);
    if (found == after.end())
      return world_.fail(kind + " " + name + " was committed and is gone after a restart");
    if (found->second == record) continue;
    return world_.fail(kind + " " + name + " was committed as " + record + " and is " + found->second +
                       " after a restart");
  }
  for (const auto& [name, record] : after) {
    if (!before.contains(name)) return world_.fail(kind + " " + name + " is there only since a restart");
  }
}

Scheduler::Snapshot Scheduler::take_snapshot() {
  return engine_->query([](const Cluster& cluster) {
    Snapshot snapshot;
    for (const Task* task : cluster.list_tasks({}))
      snapshot.tasks[task->id.value()] = codec::encode_json(*task);
    for (const JobUpdate* update : cluster.list_updates()) {
      snapshot.updates[to_string(update->key)] = codec::encode_json(*update);
    }
    return snapshot;
  });
}

void Scheduler::crash() {
  if (!engine_) return;
  committed_ = take_snapshot();
  die();
}

void Scheduler::roll_back() {
  if (!engine_ || !copied_bytes_) return;
  crash();
  world_.note("the store is replaced by an older copy");
  committed_.reset();
  disk_.truncate(*copied_bytes_);
  copied_bytes_.reset();
  on_rolled_back();
}

void Scheduler::die() {
  world_.note("scheduler is killed");
  engine_.reset();
  store_.reset();
  disk_.before_sync = nullptr;
  paused_until_ = {};
  waiting_.clear();
  held_output_.clear();
  for (const auto& done : std::exchange(creates_, {})) {
    if (failed_commit_ && *done) (*done)(Answer(Message{}));
  }
  failed_commit_ = false;
  if (world_.chance(0.5)) disk_.lose_power(world_.rng);
  world_.after(world_.between(milliseconds(500), seconds(15)), [this] { start(); });
}

void Scheduler::crash_in_next_commit() {
  if (!engine_) return;
  disk_.before_sync = [] { return Error{ErrorCode::Internal, "the machine stops"}; };
}

void Scheduler::pause(Duration time) {
  if (!engine_) return;
  world_.note("scheduler stands still for " + std::to_string(time.ms) + " ms");
  paused_until_ = std::max(paused_until_, world_.now() + time);
  world_.after(time, [this] { wake(); });
}

void Scheduler::pause_in_next_commit(Duration time) {
  if (!engine_) return;
  disk_.before_sync = [this, time]() -> Status {
    disk_.before_sync = nullptr;
    pause(time);
    return Unit{};
  };
}

// The engine may look at its clock before it hears of anybody who has waited.
void Scheduler::wake() {
  if (!engine_ || is_paused()) return;
  world_.note("scheduler goes on");
  for (const auto& leave : std::exchange(held_output_, {})) leave();
  step();
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    submit(std::move(waiting.command), std::move(waiting.done));
  }
}

void Scheduler::submit(Command command, scheduler::Engine::Done done) {
  if (!engine_) return;
  if (!is_paused()) return accept(std::move(command), std::move(done));
  if (world_.chance(0.5)) waiting_.push_back({std::move(command), std::move(done)});
}

scheduler::Engine::Done Scheduler::after_pause(scheduler::Engine::Done done) {
  if (!done) return done;
  return [this, done = std::move(done)](Result<Answer> answer) {
    if (!is_paused()) return done(std::move(answer));
    held_output_.push_back([done, answer = std::move(answer)] { done(answer); });
  };
}

void Scheduler::accept(Command command, scheduler::Engine::Done done) {
  done = after_pause(std::move(done));
  if (const auto* report = std::get_if<ReportTasks>(&command); kills_unknown && report) kill_unknown(*report);
  if (answers_before_commit && std::holds_alternative<CreateJob>(command)) {
    creates_.push_back(std::make_shared<scheduler::Engine::Done>(std::move(done)));
    done = [waiting = creates_.back()](Result<Answer> answer) {
      std::exchange(*waiting, nullptr)(std::move(answer));
    };
  }
  engine_->submit_async(std::move(command), std::move(done));
  step_at(world_.now() + world_.between(Duration{}, milliseconds(3)));  // others may join the round
}

void Scheduler::post(std::vector<Effect> effects) {
  for (Effect& effect : effects) {
    refuse_wrong_kill(effect);
    const auto* kill = std::get_if<KillTask>(&effect);
    if (kills_only_once && kill != nullptr && !kills_sent_.insert(kill->task_id).second) continue;
    if (is_paused()) {
      held_output_.push_back([this, effect] { deliver_(effect); });
    } else {
      deliver_(std::move(effect));
    }
  }
}

void Scheduler::kill_unknown(const ReportTasks& report) {
  for (const TaskReport& task : report.tasks) {
    const bool is_known =
        engine_->query([&](const Cluster& cluster) { return cluster.find_task(task.task_id) != nullptr; });
    if (!is_known && is_active(task.status)) post({KillTask{report.host_id, task.task_id}});
  }
}

// A round may decide a kill and then forget the task.
void Scheduler::note_known() {
  known_.clear();
  engine_->query([this](const Cluster& cluster) {
    for (const Task* task : cluster.list_tasks({})) known_.insert(task->id);
    for (const Host* host : cluster.list_hosts()) {
      for (const Tombstone* tombstone : cluster.list_tombstones(host->id)) known_.insert(tombstone->task_id);
    }
    return true;
  });
}

// Effects leave before the next round begins: nobody may lose a task that the scheduler wants to run there,
// or of which it knows nothing.
void Scheduler::refuse_wrong_kill(const Effect& effect) {
  const auto* kill = std::get_if<KillTask>(&effect);
  if (kill == nullptr) return;
  const bool is_wanted = engine_->query([&](const Cluster& cluster) {
    const Task* task = cluster.find_task(kill->task_id);
    return task != nullptr && task->host == kill->host &&
           (task->status == TaskStatus::Assigned || task->status == TaskStatus::Starting ||
            task->status == TaskStatus::Running);
  });
  const bool is_known = engine_->query([&](const Cluster& cluster) {
    return cluster.find_task(kill->task_id) != nullptr || cluster.find_tombstone(kill->task_id) != nullptr;
  });
  if (!is_known && !known_.contains(kill->task_id)) {
    world_.fail("a kill is sent for " + kill->task_id.value() + ", which the scheduler does not know");
  }
  if (is_wanted) world_.fail("a kill is sent for " + kill->task_id.value() + ", which is to run");
}

void Scheduler::step_at(Instant when) {
  const uint64_t step = ++awaited_step_;
  world_.after(when - world_.now(), [this, step] {
    if (step == awaited_step_) this->step();
  });
}

void Scheduler::step() {
  if (!engine_ || is_paused()) return;
  note_known();
  while (!is_paused() && engine_->run_round()) {
    ++rounds_;
    note_known();
  }
  if (is_paused() && !failed_commit_) return;  // the commit hangs: wake() goes on
  if (failed_commit_) {
    committed_.reset();
    return die();
  }
  if (const auto next = engine_->next_timer()) {  // looks at its clock as often as Engine::run()
    step_at(world_.now() + std::clamp(*next - time_->now(), milliseconds(1), seconds(1)));
  }
}

}  // namespace aurora::sim

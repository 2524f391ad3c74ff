#include "sim/host.h"

namespace aurora::sim {
namespace {

struct Stopped {};  // the process ends here: nothing after it in the host loop runs

}  // namespace

Host::Host(World& world, core::Host record, LiveRuns& live, SendReport send)
    : world_(world),
      record_(std::move(record)),
      send_(std::move(send)),
      machine_(world, record_.id.value(), live),
      clock_(world) {
  machine_.on_wake = [this] { step_at(world_.now()); };
  machine_.on_birth = [this](const core::TaskId& task_id) {
    const bool is_buried = loop_ && loop_->query([&](const core::HostTasks& tasks) {
      const core::HostTask* task = tasks.find(task_id);
      return task != nullptr && is_terminal(task->status);
    });
    if (is_buried)
      world_.fail("task " + task_id.value() + " on " + name() + " is born after its end was told");
  };
  machine_.on_kill = [this](const core::TaskId& task_id) {
    if (!killed_by_stranger_.contains(task_id) || killed_.contains(task_id)) return;
    if (machine_.health().has_ended(task_id)) return;
    world_.fail("task " + task_id.value() + " on " + name() +
                " is killed for a scheduler of another cluster");
  };
}

void Host::start() {
  if (loop_ || is_away_) return;
  world_.note(name() + ": executor starts");
  on_trouble(world_.now());
  machine_.forget_events();
  core::HostTiming timing;
  timing.list_interval = hours(10);  // never: digests alone must tell
  std::vector<std::string> gpus;
  for (int64_t i = 0; i < record_.capacity.gpus; ++i) gpus.push_back("/dev/nvidia" + std::to_string(i));
  core::HostTasks tasks(record_, world_.rng.uuid(), timing, cluster_id_, gpus);
  time_ = std::make_unique<SlewedClock>(clock_);
  loop_ =
      std::make_unique<executor::HostLoop>(std::move(tasks), machine_, machine_, *this, *time_, counters_);
  loop_->set_health_watch(machine_.health());
  loop_->on_join([this](const std::string& cluster_id) -> Status {
    cluster_id_ = cluster_id;
    return Unit{};
  });
  if (const Status started = loop_->start(); !started.ok()) {
    world_.fail(name() + ": the executor does not start: " + started.error().message);
  }
  step_at(world_.now());
}

void Host::crash() {
  if (!loop_) return;
  world_.note(name() + ": executor is killed");
  loop_.reset();
  paused_until_ = {};
  waiting_.clear();
  machine_.disk.before_sync = nullptr;
}

void Host::stop() {
  if (!loop_) return;
  world_.note(name() + ": executor is stopped");
  loop_->leave();
  crash();
}

void Host::lose_power() {
  crash();
  world_.note(name() + ": power is lost");
  machine_.lose_power();
}

void Host::crash_in_next_commit() {
  if (!loop_) return;
  machine_.disk.before_sync = []() -> Status { throw Stopped(); };
}

void Host::kill_for_a_stranger(const std::set<core::TaskId>& task_ids) {
  if (!loop_ || cluster_id_.empty() || task_ids.empty()) return;
  world_.note(name() + ": another cluster's scheduler kills " + std::to_string(task_ids.size()) + " tasks");
  killed_by_stranger_.insert(task_ids.begin(), task_ids.end());
  receive(core::KillRequested{{task_ids.begin(), task_ids.end()}}, "another");
}

std::set<core::TaskId> Host::list_active() const {
  const auto active = loop_->query([](const core::HostTasks& tasks) { return tasks.list_active(); });
  return {active.begin(), active.end()};
}

void Host::deceive(Duration time) {
  world_.note(name() + ": another answers in the scheduler's place for " + std::to_string(time.ms) + " ms");
  deceived_until_ = world_.now() + time;
  on_trouble(deceived_until_);
}

void Host::pause(Duration time) {
  if (!loop_) return;
  world_.note(name() + ": executor stands still for " + std::to_string(time.ms) + " ms");
  paused_until_ = std::max(paused_until_, world_.now() + time);
  on_trouble(paused_until_);
  world_.after(time, [this] { wake(); });
}

void Host::wake() {
  if (!loop_ || is_paused()) return;
  world_.note(name() + ": executor goes on");
  step();
  for (auto& [event, cluster_id] : std::exchange(waiting_, {})) receive(std::move(event), cluster_id);
}

void Host::receive(core::HostEvent event, const std::string& cluster_id) {
  if (!loop_) return;
  if (is_paused()) {
    if (world_.chance(0.5)) waiting_.emplace_back(std::move(event), cluster_id);
    return;
  }
  const auto* launch = std::get_if<core::LaunchRequested>(&event);
  const bool is_order = launch != nullptr || std::holds_alternative<core::KillRequested>(event);
  if (is_order && !loop_->query([&](const core::HostTasks& t) { return t.check_cluster(cluster_id).ok(); })) {
    return world_.note(name() + ": an order of the cluster " + cluster_id + " is refused");
  }
  if (launch != nullptr && launches_are_not_idempotent) {
    for (const core::Task& task : launch->tasks) {
      const bool is_known =
          loop_->query([&](const core::HostTasks& t) { return t.find(task.id) != nullptr; });
      if (is_known) (void)machine_.start(task, {});
    }
  }
  if (const auto* kill = std::get_if<core::KillRequested>(&event)) {
    killed_.insert(kill->task_ids.begin(), kill->task_ids.end());
  }
  loop_->submit(std::move(event));
}

void Host::post(core::ReportTasks report) {
  for (const core::TaskReport& task : report.tasks) machine_.health().check(task);
  send_(*this, std::move(report));
}

void Host::step_at(Instant when) {
  const uint64_t step = ++awaited_step_;
  world_.after(when - world_.now(), [this, step] {
    if (step == awaited_step_) this->step();
  });
}

void Host::step() {
  if (!loop_ || is_paused()) return;
  try {
    while (loop_->run_round()) {
    }
  } catch (const Stopped&) {
    world_.chance(0.5) ? lose_power() : crash();
    return world_.after(world_.between(seconds(1), seconds(15)), [this] { start(); });
  }
  step_at(world_.now() + std::max(loop_->next_timer() - time_->now(), milliseconds(1)));
}

}  // namespace aurora::sim

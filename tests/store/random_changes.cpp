#include "store/random_changes.h"

#include <iterator>

#include "aurora/base/result.h"

namespace aurora::store {
namespace {

using namespace core;

struct Remember {
  StoreModel& model;
  void operator()(const TaskSaved& c) const { model.tasks[c.task.id] = c.task; }
  void operator()(const TaskMoved& c) const {
    const auto task = model.tasks.find(c.task_id);
    if (task == model.tasks.end()) return;
    const size_t known = task->second.events.size();
    AURORA_CHECK(static_cast<size_t>(c.index) <= known);
    if (static_cast<size_t>(c.index) == known) apply(c.move, task->second);
  }
  void operator()(const TaskDeleted& c) const { model.tasks.erase(c.task_id); }
  void operator()(const HostSaved& c) const { model.hosts[c.host.id] = c.host; }
  void operator()(const UpdateSaved& c) const {
    JobUpdate& update = model.updates[c.update->key];
    JobUpdate saved = *c.update;
    if (saved.events.empty()) saved.events = update.events;
    if (saved.instance_events.empty()) saved.instance_events = update.instance_events;
    update = saved;
  }
  void operator()(const UpdateEventAdded& c) const { put(model.updates[c.key].events, c.index, c.event); }
  void operator()(const InstanceEventAdded& c) const {
    put(model.updates[c.key].instance_events, c.index, c.event);
  }
  void operator()(const UpdateDeleted& c) const { model.updates.erase(c.key); }
  void operator()(const TombstoneSaved& c) const { model.tombstones[c.tombstone.task_id] = c.tombstone; }
  void operator()(const TombstoneDeleted& c) const { model.tombstones.erase(c.task_id); }
  void operator()(const QuotaSaved& c) const { model.quotas[c.quota.role] = c.quota; }
  void operator()(const CronJobSaved& c) const { model.cron_jobs[c.job->job.key] = *c.job; }
  void operator()(const CronProgressed& c) const { model.cron_progress[c.job] = c.progress; }
  void operator()(const CronJobDeleted& c) const {
    model.cron_jobs.erase(c.job);
    model.cron_progress.erase(c.job);
  }
  void operator()(const RequestAnswered& c) const { model.answered_requests[c.request.key] = c.request; }
  void operator()(const RequestForgotten& c) const { model.answered_requests.erase(c.key); }
  void operator()(const auto&) const {}  // volatile

  template <typename E>
  static void put(std::vector<E>& events, int32_t index, const E& event) {
    if (events.size() <= static_cast<size_t>(index)) events.resize(static_cast<size_t>(index) + 1);
    events[static_cast<size_t>(index)] = event;
  }
};

template <typename Map>
auto any_of(Rng& rng, const Map& map) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(rng.below(map.size())));
}

JobKey random_job(Rng& rng) { return {"www", "prod", "job" + std::to_string(rng.below(3))}; }

TaskConfigRef random_config(Rng& rng) {
  TaskConfig config;
  config.job = random_job(rng);
  config.priority = static_cast<int32_t>(rng.below(3));
  config.resources.cpus = 0.5;
  return TaskConfigRef(config);
}

Change random_update(Rng& rng) {
  JobUpdate update;
  update.key = {random_job(rng), UpdateId(rng.uuid())};
  update.user = "u";
  update.instructions.desired_state = InstanceTaskConfig{random_config(rng), {{0, 2}}};
  update.events = {{UpdateStatus::RollingForward, Instant{7}, "u", {}}};
  return UpdateSaved{update};
}

// A change of an update that is known: rewritten without events, extended, or deleted.
Change next_of_update(Rng& rng, const JobUpdate& update) {
  const auto next = [](const auto& events) { return static_cast<int32_t>(events.size()); };
  switch (rng.below(5)) {
    case 0:
      return UpdateSaved{JobUpdate{update.key, "other", {}, update.instructions, {}, {}}};
    case 1:
      return UpdateDeleted{update.key};
    case 2:
      return UpdateEventAdded{update.key, next(update.events), {UpdateStatus::Failed, Instant{9}, {}, "why"}};
    default:
      return InstanceEventAdded{
          update.key, next(update.instance_events), {3, Instant{8}, InstanceAction::Updated, {}}};
  }
}

Change random_host(Rng& rng) {
  Host host;
  host.id = HostId("h" + std::to_string(rng.below(4)));
  host.attributes = {{"host", {host.id.value()}}, {"rack", {"r" + std::to_string(rng.below(2))}}};
  host.capacity.cpus = static_cast<double>(rng.below(16));
  return HostSaved{host};
}

Change random_cron(Rng& rng, const StoreModel& model) {
  const uint64_t kind = model.cron_jobs.empty() ? 0 : rng.below(4);
  const auto moment = Instant{static_cast<int64_t>(rng.below(1000))};
  if (kind == 0) {
    CronJob cron{{}, "u", moment};
    cron.job.key = random_job(rng);
    cron.job.cron_schedule = "* * * * *";
    if (rng.below(2) == 0) cron.job.cron_time_zone = "Europe/Berlin";
    return CronJobSaved{cron};
  }
  const JobKey job = any_of(rng, model.cron_jobs)->first;
  if (kind == 1) return CronJobDeleted{job};
  CronProgress progress{moment, {}, {{moment, moment, CronOutcome::Cancelled, "u", "why"}}};
  if (rng.below(2) == 0) progress.wait = CronWait{moment, moment, 3};
  return CronProgressed{job, progress};
}

// What it may set is set now and then.
Change random_move(Rng& rng, const Task& task) {
  TaskMoved moved{task.id, static_cast<int32_t>(task.events.size()), {}};
  moved.move.event = {Instant{static_cast<int64_t>(rng.below(1000))}, TaskStatus::Starting, {}, "scheduler"};
  if (rng.below(3) == 0)
    moved.move.assignment = Assignment{HostId("h1"), {{"http", static_cast<int32_t>(rng.below(9))}}};
  if (rng.below(3) == 0) moved.move.failure_count = task.failure_count + 1;
  if (rng.below(3) == 0) moved.move.times_partitioned = task.times_partitioned + 1;
  if (rng.below(3) == 0) moved.move.end_reason = killed_by("somebody");
  return moved;
}

// As the engine never does, but a log that is read again might.
Change repeat_last_event(const Task& task) {
  const auto index = static_cast<int32_t>(task.events.size()) - 1;
  return TaskMoved{task.id, index, {task.events.back(), {}, {}, {}, task.end_reason}};
}

Change random_change(Rng& rng, const StoreModel& model) {
  const uint64_t kind = rng.below(18);
  if (kind < 4) return random_task(rng);
  if (kind > 11) {
    if (model.tasks.empty()) return random_task(rng);
    const Task& task = any_of(rng, model.tasks)->second;
    return rng.below(8) == 0 ? repeat_last_event(task) : random_move(rng, task);
  }
  if (kind < 5 && !model.tasks.empty()) return TaskDeleted{any_of(rng, model.tasks)->first, {}, 0};
  if (kind < 6) return random_host(rng);
  if (kind == 6 && rng.below(2) == 0) {
    if (!model.tombstones.empty() && rng.below(2) == 0) return TombstoneDeleted{any_of(rng, model.tombstones)->first};
    return TombstoneSaved{{TaskId("t" + std::to_string(rng.below(30))), HostId("h1"), Instant{5}}};
  }
  if (kind == 6 || kind == 11) {
    if (rng.below(3) > 0) return random_cron(rng, model);
    if (rng.below(2) == 0) {
      const std::string key = "key" + std::to_string(rng.below(4));
      if (rng.below(3) == 0) return RequestForgotten{key};
      return RequestAnswered{{key, "print", Instant{static_cast<int64_t>(rng.below(1000))}, "said", 3}};
    }
    return QuotaSaved{{"role" + std::to_string(rng.below(3)), {.cpus = 0.5, .ram_mb = 64}}};
  }
  if (kind < 8 && model.updates.size() < 6) return random_update(rng);
  if (kind < 11 && !model.updates.empty()) return next_of_update(rng, any_of(rng, model.updates)->second);
  return HostSeen{HostId("h1"), "session", 1, Instant{1}};
}

}  // namespace

void StoreModel::apply(const std::vector<Change>& changes) {
  for (const Change& change : changes) std::visit(Remember{*this}, change);
}

Change random_task(Rng& rng) {
  Task task;
  task.id = TaskId("t" + std::to_string(rng.below(30)));
  task.config = random_config(rng);
  task.status = rng.below(2) == 0 ? TaskStatus::Pending : TaskStatus::Running;
  task.assigned_ports = {{"http", static_cast<int32_t>(rng.below(1000))}};
  task.events = {{Instant{static_cast<int64_t>(rng.below(1000))}, task.status, {}, "scheduler"}};
  return TaskSaved{task};
}

std::vector<Change> random_changes(Rng& rng, const StoreModel& model) {
  StoreModel after = model;
  std::vector<Change> changes;
  for (uint64_t n = 1 + rng.below(8); n > 0; --n) {
    changes.push_back(random_change(rng, after));
    after.apply({changes.back()});
  }
  return changes;
}

}  // namespace aurora::store

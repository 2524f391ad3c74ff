#include "core/update/update_timers.h"

#include <algorithm>

#include "core/update/evaluation.h"
#include "core/update/instance_update.h"
#include "core/update/update_history.h"

namespace aurora::core {
namespace {

Duration watch_of(const JobUpdate& update) {
  return milliseconds(update.instructions.settings.min_wait_in_instance_running_ms);
}

// When the watch time of `task` is over, if the update waits for that.
std::optional<Instant> find_watch_end(const Cluster& cluster, const JobUpdate& update, const Task& task) {
  if (task.status != TaskStatus::Running) return std::nullopt;
  const UpdateProgress* progress = cluster.find_progress(update.key);
  if (!progress) return std::nullopt;
  auto state = progress->instances.find(task.instance_id);
  if (state == progress->instances.end() || state->second != UpdateProgress::InstanceState::Working) {
    return std::nullopt;
  }
  const TaskConfigRef* desired = find_desired(update, task.instance_id);
  if (!desired || !(*desired == task.config)) return std::nullopt;
  return watch_end(task, watch_of(update));
}

void add_for_task(const Cluster& cluster, const Task& task, std::vector<Timer>& timers) {
  if (task.status != TaskStatus::Running) return;
  const JobUpdate* update = cluster.find_active_update(task.job());
  if (!update || !is_working(status_of(*update))) return;
  if (auto due = find_watch_end(cluster, *update, task))
    timers.push_back({*due, EvaluateUpdate{update->key}});
}

// One timer, for the earliest: the look it leads to sets the next.
void add_for_progress(const Cluster& cluster, const UpdateKey& key, const Context& context,
                      std::vector<Timer>& timers) {
  const JobUpdate* update = cluster.find_update(key);
  if (!update || !is_working(status_of(*update))) return;
  std::optional<Instant> earliest;
  for (const Task* task : cluster.list_active(key.job)) {
    const auto due = find_watch_end(cluster, *update, *task);
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  if (earliest) timers.push_back({std::max(*earliest, context.now), EvaluateUpdate{key}});
}

void add_for_history(const JobUpdate& update, const Context& context, std::vector<Timer>& timers) {
  if (!is_terminal(status_of(update))) return;
  for (Instant due : forget_times(update, context)) {
    timers.push_back({std::max(due, context.now), EvaluateUpdate{update.key}});
  }
}

}  // namespace

std::vector<Timer> update_timers_for(const Cluster& cluster, const Change& applied, const Context& context) {
  std::vector<Timer> timers;
  if (const auto* saved = std::get_if<TaskSaved>(&applied)) add_for_task(cluster, saved->task, timers);
  if (const auto* moved = std::get_if<UpdateProgressed>(&applied)) {
    add_for_progress(cluster, moved->key, context, timers);
  }
  if (const auto* event = std::get_if<UpdateEventAdded>(&applied)) {
    if (const JobUpdate* update = cluster.find_update(event->key)) add_for_history(*update, context, timers);
  }
  return timers;
}

std::vector<Timer> update_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const JobUpdate* update : cluster.list_updates()) {
    if (is_working(status_of(*update))) timers.push_back({context.now, EvaluateUpdate{update->key}});
    add_for_history(*update, context, timers);
  }
  return timers;
}

}  // namespace aurora::core

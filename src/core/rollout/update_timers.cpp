#include "core/rollout/update_timers.h"

#include <algorithm>

#include "core/rollout/update_history.h"

namespace aurora::core {
namespace {

// When the watch time of an instance is over.
TimerChanges timers_for_progress(const UpdateProgressed& moved, const Context& context) {
  TimerChanges changes{.over = {subject_of(moved.key)}};
  const Instant due = moved.progress->next_look;
  if (due != Instant{}) changes.set.push_back({std::max(due, context.now), EvaluateUpdate{moved.key}});
  return changes;
}

std::vector<Timer> timers_for_history(const JobUpdate& update, const Context& context) {
  std::vector<Timer> timers;
  for (Instant due : forget_times(update, context)) {
    timers.push_back({std::max(due, context.now), EvaluateUpdate{update.key}});
  }
  return timers;
}

}  // namespace

TimerChanges update_timers_for(const Cluster& cluster, const Change& applied, const Context& context) {
  if (const auto* deleted = std::get_if<UpdateDeleted>(&applied)) return {{subject_of(deleted->key)}, {}};
  if (const auto* moved = std::get_if<UpdateProgressed>(&applied)) return timers_for_progress(*moved, context);
  const auto* event = std::get_if<UpdateEventAdded>(&applied);
  const JobUpdate* update = event == nullptr ? nullptr : cluster.find_update(event->key);
  // One that is paused may go on with the progress that it had, so it keeps its timer.
  if (update == nullptr || !is_terminal(status_of(*update))) return {};
  return {{subject_of(update->key)}, timers_for_history(*update, context)};
}

std::vector<Timer> update_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const JobUpdate* update : cluster.list_updates()) {
    const UpdateStatus status = status_of(*update);
    if (is_working(status)) timers.push_back({context.now, EvaluateUpdate{update->key}});
    if (!is_terminal(status)) continue;
    for (Timer& timer : timers_for_history(*update, context)) timers.push_back(std::move(timer));
  }
  return timers;
}

}  // namespace aurora::core

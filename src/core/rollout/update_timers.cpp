#include "core/rollout/update_timers.h"

#include <algorithm>

#include "core/rollout/update_history.h"

namespace aurora::core {
namespace {

// When the watch time of an instance is over. Timers of earlier progress find that it is not, and do nothing.
void add_for_progress(const UpdateProgressed& moved, const Context& context, std::vector<Timer>& timers) {
  const Instant due = moved.progress.next_look;
  if (due != Instant{}) timers.push_back({std::max(due, context.now), EvaluateUpdate{moved.key}});
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
  if (const auto* moved = std::get_if<UpdateProgressed>(&applied)) add_for_progress(*moved, context, timers);
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

#include "core/lifecycle/reschedule_delay.h"

#include <algorithm>
#include <cmath>

namespace aurora::core {
namespace {

const Task* find_ancestor(const Cluster& cluster, const Task& task) {
  return task.ancestor_id ? cluster.find_task(*task.ancestor_id) : nullptr;
}

bool was_asked_to_end(const TaskEvent& event) {
  return event.status == TaskStatus::Restarting || event.status == TaskStatus::Killing ||
         event.status == TaskStatus::Draining;
}

// Of a task whose ancestor is `last`.
Duration penalty_from(const Cluster& cluster, const Task* last, const Context& context) {
  const TaskTiming& timing = context.settings.timing;
  Duration penalty;
  for (const Task* ancestor = last;
       ancestor != nullptr && has_flapped(*ancestor, timing.flapping_task_threshold);
       ancestor = find_ancestor(cluster, *ancestor)) {
    const Duration next =
        backoff(penalty, timing.initial_flapping_task_delay, timing.max_flapping_task_delay, context.rng);
    if (next == penalty) break;
    penalty = next;
  }
  return penalty;
}

}  // namespace

Duration backoff(Duration last, Duration initial, Duration max, Rng& rng) {
  const Duration base = last.ms > 0 ? last : initial;
  const auto extra = static_cast<int64_t>(std::llround(rng.unit() * static_cast<double>(base.ms)));
  return std::min(max, base + Duration{extra});
}

bool has_flapped(const Task& task, Duration threshold) {
  const auto& events = task.events;
  if (std::any_of(events.begin(), events.end(), was_asked_to_end)) return false;
  const auto last_active = std::find_if(events.rbegin(), events.rend(),
                                        [](const TaskEvent& event) { return is_active(event.status); });
  return last_active != events.rend() && events.back().timestamp - last_active->timestamp < threshold;
}

int64_t flaps_in_row(const Cluster& cluster, const Task& task, Duration threshold, int64_t count_max) {
  int64_t count = 0;
  for (const Task* ancestor = find_ancestor(cluster, task);
       count < count_max && ancestor != nullptr && has_flapped(*ancestor, threshold);
       ancestor = find_ancestor(cluster, *ancestor)) {
    ++count;
  }
  return count;
}

Duration flapping_penalty(const Cluster& cluster, const Task& task, const Context& context) {
  return penalty_from(cluster, find_ancestor(cluster, task), context);
}

Duration replacement_penalty(const Cluster& cluster, const Task& ended, const Context& context) {
  return penalty_from(cluster, &ended, context);
}

}  // namespace aurora::core

#include "aurora/core/task/task_figures.h"

#include <algorithm>

namespace aurora::core {

Instant last_event_at(const Task& task) {
  return task.events.empty() ? Instant{} : task.events.back().timestamp;
}

Duration running_duration(const Task& task, Instant now) {
  const auto running = std::find_if(task.events.begin(), task.events.end(), [](const TaskEvent& event) {
    return event.status == TaskStatus::Running;
  });
  if (running == task.events.end()) return {};
  const auto next = std::next(running);
  return (next == task.events.end() ? now : next->timestamp) - running->timestamp;
}

std::string why_held(const UnknownTask& occupant) {
  return "Held back: host " + occupant.host.value() + " runs task " + occupant.id.value() +
         " of this instance, " +
         (occupant.is_condemned ? "which is being killed"
                                : "which this scheduler does not know; `aurora admin unknown_tasks` lists it, and "
                                  "kills or adopts it");
}

std::string status_reason(const Cluster& cluster, const Task& task) {
  if (task.status == TaskStatus::Pending) {
    if (const UnknownTask* occupant = cluster.find_occupant(task.instance())) return why_held(*occupant);
    const PendingReason* pending = cluster.find_pending_reason(task.config.hash());
    if (pending && !pending->reason.empty()) return pending->reason;
  }
  return task.events.empty() ? std::string() : task.events.back().message.value_or("");
}

}  // namespace aurora::core

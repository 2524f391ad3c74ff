#include "aurora/core/summary/task_figures.h"

#include <algorithm>

#include "core/lifecycle/reschedule_delay.h"

namespace aurora::core {
namespace {

constexpr int64_t kFailuresCounted = 100;  // looked up one by one for each task of a page

std::string ordinal(int64_t n) {
  const bool is_teen = n % 100 >= 11 && n % 100 <= 13;
  const char* ending = is_teen ? "th" : n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
  return std::to_string(n) + ending;
}

}  // namespace

Instant last_event_at(const Task& task) {
  return task.events.empty() ? Instant{} : task.events.back().timestamp;
}

RunningTime running_time(const Task& task) {
  const auto running = std::find_if(task.events.begin(), task.events.end(), [](const TaskEvent& event) {
    return event.status == TaskStatus::Running;
  });
  if (running == task.events.end()) return {};
  const auto next = std::next(running);
  return {running->timestamp, next == task.events.end() ? std::nullopt : std::optional(next->timestamp)};
}

Duration running_duration(const Task& task, Instant now) {
  const RunningTime time = running_time(task);
  return time.from ? time.until.value_or(now) - *time.from : Duration{};
}

std::string why_held(const UnknownTask& occupant) {
  return "Held back: host " + occupant.host.value() + " runs task " + occupant.id.value() +
         " of this instance, " +
         (occupant.is_condemned
              ? "which is being killed"
              : "which this scheduler does not know; `aurora admin unknown_tasks` lists it, and "
                "kills or adopts it");
}

std::string status_reason(const Cluster& cluster, const Task& task) {
  if (task.status == TaskStatus::Pending) {
    if (const UnknownTask* occupant = cluster.find_occupant(task.instance())) return why_held(*occupant);
    const PendingReason* pending = cluster.find_pending_reason(task.config.hash());
    return pending && !pending->reason.empty() ? pending->reason : "Waiting for the first placement round";
  }
  return task.events.empty() ? std::string() : task.events.back().message.value_or("");
}

int64_t failures_in_row(const Cluster& cluster, const Task& task, const TaskTiming& timing) {
  return flaps_in_row(cluster, task, timing.flapping_task_threshold, kFailuresCounted);
}

std::string throttle_sentence(Instant starts_again_at, int64_t failures, Instant now) {
  const int64_t secs = std::max<int64_t>(0, (starts_again_at - now).ms + 999) / 1000;
  const std::string part = std::to_string(secs % 60);
  std::string text =
      "starts again in " + std::to_string(secs / 60) + ":" + (part.size() < 2 ? "0" : "") + part;
  if (failures > 0) text += " (" + ordinal(failures) + " failure in a row)";
  return text;
}

std::string listening_sentence(Instant until, Instant now) {
  const int64_t secs = std::max<int64_t>(0, (until - now).ms + 999) / 1000;
  return "The scheduler has just started and hears its hosts before it places anything, so that nothing that "
         "runs is "
         "started twice: " +
         std::to_string(secs) + " s more at most";
}

}  // namespace aurora::core

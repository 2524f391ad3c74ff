#include "core/update/instance_update.h"

#include <algorithm>

namespace aurora::core {
namespace {

Verdict judge_unwanted(const Task& task) { return is_killable(task.status) ? Verdict::Kill : Verdict::Wait; }

Verdict judge_wanted(const Task& task, Duration watch, Instant now) {
  if (is_terminal(task.status)) return Verdict::CountFailure;
  if (task.status != TaskStatus::Running) return Verdict::Wait;
  return now >= watch_end(task, watch) ? Verdict::Succeeded : Verdict::WaitWatch;
}

}  // namespace

bool was_killed(const Task& task) {
  if (task.status == TaskStatus::Killing) return false;
  return std::any_of(task.events.begin(), task.events.end(),
                     [](const TaskEvent& event) { return event.status == TaskStatus::Killing; });
}

Instant watch_end(const Task& task, Duration watch) { return task.events.back().timestamp + watch; }

Verdict judge(const TaskConfigRef* desired, const Task* actual, Duration watch, Instant now) {
  const Task* task = actual && !was_killed(*actual) ? actual : nullptr;
  if (!task) return desired ? Verdict::Add : Verdict::Succeeded;
  if (!desired || !(task->config == *desired)) return judge_unwanted(*task);
  return judge_wanted(*task, watch, now);
}

}  // namespace aurora::core

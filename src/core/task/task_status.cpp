#include "aurora/core/task/task_status.h"

namespace aurora::core {

bool is_active(TaskStatus status) {
  switch (status) {
    case TaskStatus::Pending:
    case TaskStatus::Throttled:
    case TaskStatus::Assigned:
    case TaskStatus::Starting:
    case TaskStatus::Running:
    case TaskStatus::Preempting:
    case TaskStatus::Restarting:
    case TaskStatus::Draining:
    case TaskStatus::Killing:
    case TaskStatus::Partitioned:
      return true;
    case TaskStatus::Init:
    case TaskStatus::Finished:
    case TaskStatus::Failed:
    case TaskStatus::Killed:
    case TaskStatus::Lost:
    case TaskStatus::Deleted:
      return false;
  }
  return false;
}

bool is_assigned(TaskStatus status) {
  return is_active(status) && status != TaskStatus::Pending && status != TaskStatus::Throttled;
}

bool is_terminal(TaskStatus status) {
  return status == TaskStatus::Finished || status == TaskStatus::Failed || status == TaskStatus::Killed ||
         status == TaskStatus::Lost;
}

bool is_killable(TaskStatus status) { return is_active(status) && status != TaskStatus::Killing; }

bool is_transient(TaskStatus status) {
  return status == TaskStatus::Assigned || status == TaskStatus::Preempting ||
         status == TaskStatus::Restarting || status == TaskStatus::Killing || status == TaskStatus::Draining;
}

}  // namespace aurora::core

#include "aurora/core/task/task_move.h"

namespace aurora::core {

void apply(const TaskMove& move, Task& task) {
  task.status = move.event.status;
  task.events.push_back(move.event);
  if (move.assignment) {
    task.host = move.assignment->host;
    task.assigned_ports = move.assignment->ports;
  }
  if (move.failure_count) task.failure_count = *move.failure_count;
  if (move.times_partitioned) task.times_partitioned = *move.times_partitioned;
  task.end_reason = move.end_reason;
  task.starts_again_at.reset();  // of whatever moves, the wait is over
}

}  // namespace aurora::core

// Who is told of every transition of a task, with the whole of it: the webhook.
#pragma once

#include <string>
#include <vector>

#include "aurora/core/task/task.h"

namespace aurora::scheduler {

struct TaskTransition {
  core::Task task;           // as it was after it
  core::TaskStatus from;     // Init of a new one
  std::string agent_id = {};  // of its host, if it has one
};

class TransitionSink {
 public:
  virtual ~TransitionSink() = default;
  // On the engine's thread: only of such a transition a copy is made.
  virtual bool wants(core::TaskStatus to) const = 0;
  // Once no crash can undo them, in order. Never waits.
  virtual void post(std::vector<TaskTransition> transitions) = 0;
};

}  // namespace aurora::scheduler

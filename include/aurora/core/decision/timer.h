// What may be asked later, when nothing else has happened by then. Whoever decides it looks whether things still are as
// they were.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "aurora/base/result.h"
#include "aurora/core/ids.h"
#include "aurora/core/task/task_status.h"
#include "aurora/core/update/job_update.h"

namespace aurora::core {

struct ChangeTask {  // compare-and-set: nothing happens unless the task still is as expected
  using Answer = Unit;
  TaskId task_id;
  std::optional<TaskStatus> expected;
  std::optional<Instant> expected_since;  // timestamp of its last event
  TaskStatus to = TaskStatus::Lost;
  SharedText message;
};
struct RetryKill {  // while still Killing since then, sends the kill again
  using Answer = Unit;
  TaskId task_id;
  Instant since;
};
struct PruneTask {  // deletes a terminal task whose time has come
  using Answer = Unit;
  TaskId task_id;
};
struct PruneHistory {  // deletes the job's oldest terminal tasks beyond the number that is kept
  using Answer = Unit;
  JobKey job;
};
struct CheckHost {  // is the host gone?
  using Answer = Unit;
  HostId host;
};
struct EvaluateUpdate {  // the watch time of an instance may be over
  using Answer = Unit;
  UpdateKey key;
};

// Hundreds of thousands wait in a large cluster, and a Command is several times as large.
using TimedCommand = std::variant<ChangeTask, RetryKill, PruneTask, PruneHistory, CheckHost, EvaluateUpdate>;
struct Timer {
  Instant due;
  TimedCommand command;
};

}  // namespace aurora::core

// Tasks that a host runs and the tables do not have, and what is left of a task when its record goes.
//
// A store may be new, restored from a copy, or another cluster's: that a task is not in it is no evidence that the
// task is unwanted. It is killed only if this store has once decided its end (a tombstone says so) or somebody asks
// for it; until then, or until its host is given up, it is listed, keeps its resources, and its instance waits.
#pragma once

#include <optional>

#include "aurora/base/time.h"
#include "aurora/core/task/task_summary.h"

namespace aurora::core {

// The record of a task whose host has not confirmed its end went: should the host still have it, it is killed there.
struct Tombstone {
  TaskId task_id;
  HostId host;
  Instant at;
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};
void fields(Is<Tombstone> auto& t, auto&& visit) {
  visit("taskId", t.task_id);
  visit("host", t.host);
  visit("at", t.at);
}

struct UnknownTask {
  TaskId id;
  HostId host;
  TaskStatus status = TaskStatus::Running;      // as its host reports it
  std::optional<HostTaskSummary> summary = {};  // absent: the executor is too old to tell
  Instant since;                                // first reported to this scheduler
  bool is_condemned = false;                    // its end was decided: it is killed at every report until it is gone
  friend bool operator==(const UnknownTask&, const UnknownTask&) = default;
};
void fields(Is<UnknownTask> auto& t, auto&& visit) {
  visit("taskId", t.id);
  visit("host", t.host);
  visit("status", t.status);
  visit("summary", t.summary);
  visit("sinceMs", t.since);
  visit("isCondemned", t.is_condemned);
}

}  // namespace aurora::core

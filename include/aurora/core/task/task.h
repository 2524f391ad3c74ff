// One run of an instance. A reschedule makes a new task whose ancestor is the old one (spec/scheduler.md
// §1.3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/base/optional_box.h"
#include "aurora/base/shared_text.h"
#include "aurora/base/small_map.h"
#include "aurora/base/time.h"
#include "aurora/core/ids.h"
#include "aurora/core/job/task_config.h"
#include "aurora/core/task/end_reason.h"
#include "aurora/core/task/task_status.h"

namespace aurora::core {

struct TaskEvent {
  Instant timestamp;
  TaskStatus status = TaskStatus::Init;
  SharedText message;
  SharedText scheduler;  // the host name of the scheduler that wrote it
  SharedText facts = {};  // for people: who asked, or on which facts it was decided, where the message does not say
  friend bool operator==(const TaskEvent&, const TaskEvent&) = default;
};
void fields(Is<TaskEvent> auto& e, auto&& visit) {
  visit("timestamp", e.timestamp);
  visit("status", e.status);
  visit("message", e.message);
  visit("scheduler", e.scheduler);
  visit("facts", e.facts);
}

struct Task {
  TaskId id;
  int32_t instance_id = 0;
  TaskConfigRef config;  // in JSON the configuration itself as "task"; on disk its hash
  TaskStatus status = TaskStatus::Init;
  HostId host;                                    // empty before Assigned
  SmallMap<std::string, int32_t> assigned_ports;  // port name -> number on the host
  int32_t failure_count = 0;
  int32_t times_partitioned = 0;
  std::optional<TaskId> ancestor_id;
  std::vector<TaskEvent> events;           // oldest first; never empty in a stored task
  OptionalBox<EndReason> end_reason = {};  // of a terminal task, and of one that is being ended by somebody
  std::optional<Instant> starts_again_at = {};  // of a throttled task: when it stops being held back
  friend bool operator==(const Task&, const Task&) = default;

  const JobKey& job() const { return config->job; }
  InstanceKey instance() const { return {config->job, instance_id}; }
};
void fields(Is<Task> auto& t, auto&& visit) {
  visit("taskId", t.id);
  visit("instanceId", t.instance_id);
  visit("task", t.config);
  visit("status", t.status);
  visit("host", t.host);
  visit("assignedPorts", t.assigned_ports);
  visit("failureCount", t.failure_count);
  visit("timesPartitioned", t.times_partitioned);
  visit("ancestorId", t.ancestor_id);
  visit("taskEvents", t.events);
  visit("endReason", t.end_reason);
  visit("startsAgainAt", t.starts_again_at);
}

}  // namespace aurora::core

// The states of a task and the sets they form (Aurora 0.22, spec/scheduler.md §1.10). Numbers are Aurora's.
#pragma once

#include "aurora/base/fields.h"

namespace aurora::core {

enum class TaskStatus {
  Pending = 0,
  Starting = 1,
  Running = 2,
  Finished = 3,
  Failed = 4,
  Killed = 5,
  Killing = 6,
  Lost = 7,
  Assigned = 9,
  Init = 11,
  Restarting = 12,
  Preempting = 13,
  Throttled = 16,
  Draining = 17,
  Partitioned = 18,
  Deleted = 100,  // only ever a target: the record goes away. Never stored.
};

bool is_active(TaskStatus status);    // occupies its instance
bool is_assigned(TaskStatus status);  // on a host: active, but not Pending or Throttled
bool is_terminal(TaskStatus status);  // over for good: Finished, Failed, Killed, Lost
bool is_killable(TaskStatus status);  // active and not yet Killing
bool is_transient(TaskStatus status); // must not last longer than the transient timeout (§2.7)

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::TaskStatus> {
  using enum aurora::core::TaskStatus;
  static constexpr std::array<EnumName<aurora::core::TaskStatus>, 16> values{{{Pending, "PENDING"},
                                                                              {Starting, "STARTING"},
                                                                              {Running, "RUNNING"},
                                                                              {Finished, "FINISHED"},
                                                                              {Failed, "FAILED"},
                                                                              {Killed, "KILLED"},
                                                                              {Killing, "KILLING"},
                                                                              {Lost, "LOST"},
                                                                              {Assigned, "ASSIGNED"},
                                                                              {Init, "INIT"},
                                                                              {Restarting, "RESTARTING"},
                                                                              {Preempting, "PREEMPTING"},
                                                                              {Throttled, "THROTTLED"},
                                                                              {Draining, "DRAINING"},
                                                                              {Partitioned, "PARTITIONED"},
                                                                              {Deleted, "DELETED"}}};
};

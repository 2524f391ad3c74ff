// What may be asked later, when nothing else has happened by then. Whoever decides it looks whether things still are as
// they were.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/shared_text.h"
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
struct PollDrain {  // the host is being drained: may more of its tasks go now?
  using Answer = Unit;
  HostId host;
};
struct ReleaseHost {  // the time for which it was kept is over
  using Answer = Unit;
  HostId host;
};
struct ReleaseInstance {  // the time for which it waits for its host is over
  using Answer = Unit;
  InstanceKey instance;
};
struct EvaluateUpdate {  // the watch time of an instance may be over
  using Answer = Unit;
  UpdateKey key;
};

struct FollowCron {  // the next moment of its schedule has come, or a run that waits is to be looked at
  using Answer = Unit;
  JobKey job;
};

// Hundreds of thousands wait in a large cluster, and a Command is several times as large.
using TimedCommand = std::variant<ChangeTask, RetryKill, PruneTask, PruneHistory, CheckHost, EvaluateUpdate, PollDrain,
                                  FollowCron, ReleaseHost, ReleaseInstance>;
struct Timer {
  Instant due;
  TimedCommand command;
};

// What a timer is about.
struct TimerSubject {
  enum class Kind { Task, Host, Job, Update, Drain, CronJob, Reservation, Affinity };
  Kind kind = Kind::Task;
  SharedText name;
  friend bool operator==(const TimerSubject&, const TimerSubject&) = default;
};
TimerSubject subject_of(const TaskId& task);
TimerSubject subject_of(const HostId& host);
TimerSubject subject_of(const JobKey& job);
TimerSubject subject_of(const UpdateKey& update);
TimerSubject drain_of(const HostId& host);  // its drain, apart from whether it is heard
TimerSubject cron_subject_of(const JobKey& job);  // its schedule; its history is another subject
TimerSubject reservation_of(const HostId& host);
TimerSubject affinity_of(const InstanceKey& instance);
TimerSubject subject_of(const TimedCommand& command);

struct TimerChanges {
  std::vector<TimerSubject> over = {};  // what these waited for comes no more
  std::vector<Timer> set = {};          // and then these begin
};

}  // namespace aurora::core

template <>
struct std::hash<aurora::core::TimerSubject> {
  size_t operator()(const aurora::core::TimerSubject& subject) const noexcept {
    return subject.name.hash() * 8 + static_cast<size_t>(subject.kind);
  }
};

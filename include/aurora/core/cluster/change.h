// The facts by which state moves. A Change carries the whole record as it is afterwards, or one more entry of
// a list with its position, so that applying it twice is harmless and the store writes it without reading.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "aurora/base/boxed.h"
#include "aurora/core/cluster/pending_reason.h"
#include "aurora/core/cron/cron_job.h"
#include "aurora/core/host/drain_progress.h"
#include "aurora/core/host/host.h"
#include "aurora/core/host/unknown_task.h"
#include "aurora/core/job/quota.h"
#include "aurora/core/request/answered_request.h"
#include "aurora/core/task/task_move.h"
#include "aurora/core/update/job_update.h"

namespace aurora::core {

// Durable: committed before anyone hears of them.
struct TaskSaved {  // one that is new, or whose history is not only extended
  Task task;
};
void fields(Is<TaskSaved> auto& c, auto&& visit) { visit("task", c.task); }

struct TaskMoved {
  TaskId task_id;
  int32_t index = 0;  // position of its event in Task::events: applying it twice changes nothing
  TaskMove move;
};
void fields(Is<TaskMoved> auto& c, auto&& visit) {
  visit("taskId", c.task_id);
  visit("index", c.index);
  visit("move", c.move);
}

struct TaskDeleted {
  TaskId task_id;
  JobKey job = {};  // whose it was: what follows concerns that job only
  int32_t instance_id = 0;
};
void fields(Is<TaskDeleted> auto& c, auto&& visit) {
  visit("taskId", c.task_id);
  visit("job", c.job);
  visit("instanceId", c.instance_id);
}

struct HostSaved {
  Host host;
};
void fields(Is<HostSaved> auto& c, auto&& visit) { visit("host", c.host); }

// The update as it is, without its events when `update.events` is only extended by the two changes below.
struct UpdateSaved {
  Boxed<JobUpdate> update;
};
void fields(Is<UpdateSaved> auto& c, auto&& visit) { visit("update", *c.update); }

struct UpdateEventAdded {
  UpdateKey key;
  int32_t index = 0;  // position in JobUpdate::events: applying it twice changes nothing
  UpdateEvent event;
};
void fields(Is<UpdateEventAdded> auto& c, auto&& visit) {
  visit("key", c.key);
  visit("index", c.index);
  visit("event", c.event);
}

struct InstanceEventAdded {
  UpdateKey key;
  int32_t index = 0;  // position in JobUpdate::instance_events
  InstanceUpdateEvent event;
};
void fields(Is<InstanceEventAdded> auto& c, auto&& visit) {
  visit("key", c.key);
  visit("index", c.index);
  visit("event", c.event);
}

struct UpdateDeleted {
  UpdateKey key;
};
void fields(Is<UpdateDeleted> auto& c, auto&& visit) { visit("key", c.key); }

struct TombstoneSaved {
  Tombstone tombstone;
};
void fields(Is<TombstoneSaved> auto& c, auto&& visit) { visit("tombstone", c.tombstone); }

struct TombstoneDeleted {  // the host does not have the task any more, or the tombstone is too old
  TaskId task_id;
};
void fields(Is<TombstoneDeleted> auto& c, auto&& visit) { visit("taskId", c.task_id); }

struct QuotaSaved {
  Quota quota;
};
void fields(Is<QuotaSaved> auto& c, auto&& visit) { visit("quota", c.quota); }

struct CronJobSaved {  // new or replaced; what is known of its progress stays
  Boxed<CronJob> job;
};
void fields(Is<CronJobSaved> auto& c, auto&& visit) { visit("job", *c.job); }

struct CronProgressed {  // of a cron job that is there
  JobKey job;
  CronProgress progress;
};
void fields(Is<CronProgressed> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("progress", c.progress);
}

struct CronJobDeleted {  // with its progress
  JobKey job;
};
void fields(Is<CronJobDeleted> auto& c, auto&& visit) { visit("job", c.job); }

struct RequestAnswered {  // one that its client may send again
  AnsweredRequest request;
};
void fields(Is<RequestAnswered> auto& c, auto&& visit) { visit("request", c.request); }

struct RequestForgotten {  // it was answered long ago
  std::string key;
};
void fields(Is<RequestForgotten> auto& c, auto&& visit) { visit("key", c.key); }

// Volatile: applied to memory only, gone after a restart. The store skips them and a batch of nothing else
// needs no sync.
struct HostSeen {  // a report of this executor session was accepted
  HostId host;
  std::string session;   // one start of the executor
  int64_t sequence = 0;  // of the report within the session; older ones are stale
  Instant at;
  bool leaving = false;  // its last word: the host offers nothing until it reports again
  bool is_complete = false;  // it listed all that the host has
};
struct HostChecked {  // it had reported in time when it was looked at; that comes again
  HostId host;
};
struct HostGone {  // missed its heartbeats: offers nothing until it reports again
  HostId host;
  Instant silent_at = {};  // given up now; the epoch for one that had said that it leaves
};
struct UpdateProgressed {
  UpdateKey key;
  Boxed<UpdateProgress> progress;
};
struct PendingReasonFound {  // why no host takes tasks of this configuration
  ConfigHash config;
  PendingReason reason;
};

// The host is kept for tasks of one configuration: no other goes there (§5.4).
struct HostReserved {
  HostId host;
  ConfigHash config;
  Instant until;
};
struct HostReleased {
  HostId host;
};
// An update ended the instance's task and starts another: the instance comes back to its host and goes nowhere else, and
// nothing but such instances goes there (§9.8).
struct InstanceKept {
  InstanceKey instance;
  HostId host;
  Instant until;
};
struct InstanceReleased {
  InstanceKey instance;
};

struct ListWanted {  // the host's next reports must come with all that it has, although its digests agree (§2.9)
  HostId host;
};

struct DrainProgressed {  // of a host in mode Draining
  HostId host;
  DrainProgress progress;
};

// A coordinator is asked whether a task may be ended (§12.1): nothing else until it has answered, or `until`.
struct CoordinatorAsked {
  std::string url;
  TaskId task_id;
  Instant at;
  Instant until;
};
struct CoordinatorSaid {
  std::string url;
  TaskId task_id;
  Instant at;
  bool allowed = false;
  std::string text;          // why not
  JobKey job = {};           // the task's, as its instance and host: empty for one that is gone
  int32_t instance_id = 0;
  HostId host = {};
};

struct UnknownTasksFound {  // all that this host runs and the tables do not have: instead of what was found before
  HostId host;
  std::vector<UnknownTask> tasks;
};

using Change = std::variant<TaskSaved, TaskMoved, TaskDeleted, HostSaved, UpdateSaved, UpdateEventAdded,
                            InstanceEventAdded, UpdateDeleted, HostSeen, HostChecked, HostGone,
                            UpdateProgressed, PendingReasonFound, TombstoneSaved, TombstoneDeleted, QuotaSaved,
                            CronJobSaved, CronProgressed, CronJobDeleted, RequestAnswered, RequestForgotten, HostReserved, HostReleased, InstanceKept,
                            InstanceReleased, ListWanted, UnknownTasksFound, DrainProgressed, CoordinatorAsked,
                            CoordinatorSaid>;

bool is_durable(const Change& change);

}  // namespace aurora::core

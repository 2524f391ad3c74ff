// The requests the scheduler knows. Each has its decide() in core/commands/<name>.cpp, pure: the same
// cluster, command and context give the same decision.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/rng.h"
#include "aurora/core/cluster/change.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cluster/effect.h"
#include "aurora/core/host/task_digest.h"
#include "aurora/core/job/validate.h"
#include "aurora/core/task/timing.h"

namespace aurora::core {

struct SchedulerSettings {
  std::string cluster_id;  // of the store; empty = none, in tests: then every executor is taken
  JobLimits limits;
  TaskTiming timing;
  ExecutorOverhead overhead;
  Duration host_timeout = seconds(75);  // without a report, a host is gone and its tasks are partitioned
  bool partition_aware = true;
};

struct Context {
  Instant now;
  Rng& rng;  // new ids and random delays
  const std::string& scheduler_host;
  const SchedulerSettings& settings;
};

struct Message {  // what a user reads after a request that succeeded
  std::string text;
  int32_t count = 0;  // tasks affected
};
void fields(Is<Message> auto& m, auto&& visit) {
  visit("message", m.text);
  visit("count", m.count);
}

// --- Jobs (spec/scheduler.md §8). `user` is who asks; UNSECURE without authentication.
struct CreateJob {
  using Answer = Message;  // "<n> new tasks pending for job <key>"
  JobConfiguration job;
  std::string user;
};
struct KillTasks {
  using Answer = Message;  // "Tasks killed." or "No tasks to kill."
  JobKey job;
  std::set<int32_t> instances;  // empty = all
  std::string message;          // optional, becomes part of the audit message
  std::string user;
};
struct RestartTasks {
  using Answer = Message;
  JobKey job;
  std::set<int32_t> instances;
  std::string user;
};
struct AddInstances {
  using Answer = Message;
  InstanceKey like;  // the active instance whose configuration is copied
  int32_t count = 0;
  std::string user;
};

// --- Timers and the placement round.
struct ChangeTask {  // compare-and-set: nothing happens unless the task still is as expected
  using Answer = Unit;
  TaskId task_id;
  std::optional<TaskStatus> expected;
  std::optional<Instant> expected_since;  // timestamp of its last event
  TaskStatus to = TaskStatus::Lost;
  std::optional<std::string> message;
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
struct PlaceTasks {
  struct Answer {
    std::set<ConfigHash> unplaced;  // groups that still have pending tasks because no host fits
    int32_t placed = 0;
  };
  std::set<ConfigHash> groups;
  int32_t tasks_max = 1000;  // per call, over all groups, so that other commands are not kept waiting
};

// --- Executors.
struct TaskReport {
  TaskId task_id;
  TaskStatus status = TaskStatus::Starting;
  std::optional<std::string> message;
  Instant at;
  std::optional<EndReason> reason = {};  // of a terminal status
  std::optional<HostTaskSummary> summary = {};  // of an active task, in a registration
};
void fields(Is<TaskReport> auto& r, auto&& visit) {
  visit("taskId", r.task_id);
  visit("status", r.status);
  visit("message", r.message);
  visit("timestamp", r.at);
  visit("reason", r.reason);
  visit("summary", r.summary);
}
// One message for registration, heartbeat and status updates. `sequence` grows with each message of a
// session, so a late one is told apart. A complete report lists every task the host has, including terminal
// ones whose report has not been acknowledged; it serves as reconciliation (spec/scheduler.md §2.9, §24). So
// does a beat, which says the same by its digest, to a scheduler whose last answer was that it agrees.
struct ReportTasks {
  struct Answer {
    bool accepted = false;  // false: stale, or the registration is wanted; send again with a new sequence
    bool needs_registration =
        false;  // this scheduler does not know the session: send a complete report with `host`
    std::string cluster_id = {};  // of the scheduler that accepted
    // The report had a digest, and after it the tables expect what the host has: a digest is enough next
    // time. False: the list is wanted, at once if this was none. Schedulers that know no digests never say
    // it.
    bool agrees = false;
  };
  HostId host_id;
  std::string session;
  int64_t sequence = 0;
  std::optional<Host> host;  // the registration
  bool complete = false;
  std::vector<TaskReport> tasks;
  bool leaving = false;  // the executor is being stopped: the host offers nothing until it reports again
  std::string cluster_id = {};  // of the cluster that has accepted this host before; empty: none has
  // Of all tasks that the host has and that are not over, once the scheduler knows `tasks`: in beats and
  // complete reports.
  std::optional<TaskDigest> digest = {};
};
void fields(Is<ReportTasks> auto& r, auto&& visit) {
  visit("hostId", r.host_id);
  visit("session", r.session);
  visit("sequence", r.sequence);
  visit("host", r.host);
  visit("complete", r.complete);
  visit("tasks", r.tasks);
  visit("leaving", r.leaving);
  visit("clusterId", r.cluster_id);
  visit("digest", r.digest);
}
void fields(Is<ReportTasks::Answer> auto& a, auto&& visit) {
  visit("accepted", a.accepted);
  visit("needsRegistration", a.needs_registration);
  visit("clusterId", a.cluster_id);
  visit("agrees", a.agrees);
}
struct KillUnknownTasks {  // somebody has looked at tasks that this scheduler does not know, and wants them ended
  using Answer = Message;
  std::set<TaskId> task_ids;
  std::set<HostId> hosts;  // every one that runs on these
  bool all = false;
  std::string user;
};
struct AdoptTask {  // an unknown task becomes the run of its instance; `task` is what its executor was told to start
  using Answer = Message;
  HostId host;
  Task task;
  std::string user;
};
struct CheckHost {  // a timer: is the host gone?
  using Answer = Unit;
  HostId host;
};

// --- Updates (spec/scheduler.md §9).
struct JobUpdateRequest {
  TaskConfig task_config;
  int32_t instance_count = 1;
  UpdateSettings settings;
  std::vector<Metadata> metadata;
};
void fields(Is<JobUpdateRequest> auto& r, auto&& visit) {
  visit("taskConfig", r.task_config);
  visit("instanceCount", r.instance_count);
  visit("settings", r.settings);
  visit("metadata", r.metadata);
}
struct StartUpdate {
  struct Answer {
    std::optional<UpdateKey> key;  // absent: nothing to do
    std::string message;           // "Job is unchanged by proposed update." then
  };
  JobUpdateRequest request;
  std::string message;
  std::string user;
};
void fields(Is<StartUpdate::Answer> auto& a, auto&& visit) {
  visit("key", a.key);
  visit("message", a.message);
}
enum class UpdateControl { Pause, Resume, Abort, Rollback };
struct ControlUpdate {
  using Answer = Unit;
  UpdateKey key;
  UpdateControl control = UpdateControl::Pause;
  std::string message;
  std::string user;
};
struct PulseUpdate {
  struct Answer {
    std::string status;  // OK or FINISHED (§9.7)
  };
  UpdateKey key;
};
void fields(Is<PulseUpdate::Answer> auto& a, auto&& visit) { visit("status", a.status); }
struct EvaluateUpdate {  // a timer: the watch time of an instance may be over
  using Answer = Unit;
  UpdateKey key;
};

using Command = std::variant<CreateJob, KillTasks, RestartTasks, AddInstances, ChangeTask, RetryKill,
                             PruneTask, PruneHistory, PlaceTasks, ReportTasks, CheckHost, StartUpdate,
                             ControlUpdate, PulseUpdate, EvaluateUpdate, KillUnknownTasks, AdoptTask>;
using Answer = std::variant<Unit, Message, PlaceTasks::Answer, ReportTasks::Answer, StartUpdate::Answer,
                            PulseUpdate::Answer>;

struct Decision {
  std::vector<Change> changes;
  std::vector<Effect> effects;
  Answer answer = Unit{};
  std::map<std::string_view, int64_t> counts = {};  // what it adds to /vars, under Aurora's names
};

Result<Decision> decide(const Cluster& cluster, const CreateJob& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const KillTasks& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const RestartTasks& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const AddInstances& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const ChangeTask& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const RetryKill& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const PruneTask& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const PruneHistory& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const PlaceTasks& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const ReportTasks& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const CheckHost& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const KillUnknownTasks& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const AdoptTask& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const StartUpdate& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const ControlUpdate& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const PulseUpdate& command, const Context& context);
Result<Decision> decide(const Cluster& cluster, const EvaluateUpdate& command, const Context& context);

// What follows from changes that were just applied: working updates of the jobs they touch are evaluated
// again, and the update history of a job goes with its last task. The engine repeats it until nothing
// follows.
Decision follow_up(const Cluster& cluster, const std::vector<Change>& applied, const Context& context);

// What timers ask for. Hundreds of thousands wait in a large cluster, and a Command is several times as
// large.
using TimedCommand = std::variant<ChangeTask, RetryKill, PruneTask, PruneHistory, CheckHost, EvaluateUpdate>;
struct Timer {
  Instant due;
  TimedCommand command;
};
// Timers that a change sets: throttling, transient states, kill retries, pruning, watch times. After a
// restart they are all made again from the tables (spec/scheduler.md §2.5 to §2.8, §14).
std::vector<Timer> timers_for(const Cluster& cluster, const Change& applied, const Context& context);
std::vector<Timer> timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::UpdateControl> {
  using enum aurora::core::UpdateControl;
  static constexpr std::array<EnumName<aurora::core::UpdateControl>, 4> values{
      {{Pause, "pause"}, {Resume, "resume"}, {Abort, "abort"}, {Rollback, "rollback"}}};
};

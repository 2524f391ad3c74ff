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
#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"
#include "aurora/core/decision/timer.h"
#include "aurora/core/host/report.h"
#include "aurora/core/maintenance/maintenance.h"
#include "aurora/core/placement/task_group.h"
#include "aurora/core/update/update_request.h"

namespace aurora::core {

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
  std::string unchanged_since = {};  // a state that a plan named (core/commands/planned_state.h); empty: any
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

struct PruneTasks {  // deletes tasks that are over (spec/scheduler.md §8)
  using Answer = Message;  // "Tasks pruned."; count: how many
  static constexpr int32_t kLimitMax = 1'000;  // who wants more asks again
  std::string role;         // empty: of all
  std::string environment;  // empty: in all
  std::set<TaskStatus> statuses;  // terminal ones; empty: all of these
  int32_t limit = kLimitMax;
};

// --- Cron jobs (spec/scheduler.md §10).
struct ScheduleCronJob {  // a new one, or another in the place of one that is there
  using Answer = Message;
  JobConfiguration job;
  std::string user;
};
struct ReplaceCronTemplate {  // of one that is there
  using Answer = Message;
  JobConfiguration job;
  std::string user;
};
struct DescheduleCronJob {  // what runs goes on
  using Answer = Message;
  JobKey job;
};
struct StartCronJob {  // now, by the same rules as at a moment of its schedule
  using Answer = Message;
  JobKey job;
  std::string user;
};

// --- Roles (spec/scheduler.md §7.3).
struct SetQuota {
  using Answer = Message;  // "Quota of <role> set."
  Quota quota;
  std::string user;
};

// --- The placement round. What timers ask for is in core/decision/timer.h.
struct PlaceTasks {
  using Answer = PlacementResult;
  std::set<ConfigHash> groups;
  int32_t tasks_max = 1000;  // per call, over all groups, so that other commands are not kept waiting
  bool preempts = true;      // tasks that wait for long may take the place of others
};

// --- Executors. ReportTasks is in core/host/report.h.
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

struct Reconcile {  // hosts are to list what they have (spec/scheduler.md §2.9): those that should have tasks, or all
  enum class Kind { Explicit, Implicit };
  using Answer = Message;  // count: hosts that were asked
  Kind kind = Kind::Explicit;
};

// --- Updates (spec/scheduler.md §9).
struct StartUpdate {
  struct Answer {
    std::optional<UpdateKey> key;  // absent: nothing to do
    std::string message;           // "Job is unchanged by proposed update." then
  };
  JobUpdateRequest request;
  std::string message;
  std::string user;
  std::string unchanged_since = {};  // as CreateJob's
};
void fields(Is<StartUpdate::Answer> auto& a, auto&& visit) {
  visit("key", a.key);
  visit("message", a.message);
}
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

using Command = std::variant<CreateJob, KillTasks, RestartTasks, AddInstances, ChangeTask, RetryKill,
                             PruneTask, PruneHistory, PlaceTasks, ReportTasks, CheckHost, StartUpdate,
                             ControlUpdate, PulseUpdate, EvaluateUpdate, KillUnknownTasks, AdoptTask,
                             StartMaintenance, DrainHosts, EndMaintenance, PollDrain, CoordinatorAnswer,
                             ScheduleCronJob, ReplaceCronTemplate, DescheduleCronJob, StartCronJob, FollowCron, SetQuota,
                             ReleaseHost, ReleaseInstance, Reconcile, PruneTasks>;
using Answer = std::variant<Unit, Message, PlaceTasks::Answer, ReportTasks::Answer, StartUpdate::Answer,
                            PulseUpdate::Answer, HostModes>;

// With the answer for whoever asked.
struct Decided : Decision {
  Answer answer = Unit{};
};

Result<Decided> decide(const Cluster& cluster, const CreateJob& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const KillTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const RestartTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const AddInstances& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PruneTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const SetQuota& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ChangeTask& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const RetryKill& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PruneTask& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PruneHistory& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PlaceTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ReportTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const CheckHost& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const StartMaintenance& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const DrainHosts& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const EndMaintenance& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PollDrain& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const CoordinatorAnswer& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ReleaseHost& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ReleaseInstance& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const Reconcile& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const KillUnknownTasks& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const AdoptTask& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const StartUpdate& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ControlUpdate& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const PulseUpdate& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const EvaluateUpdate& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ScheduleCronJob& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const ReplaceCronTemplate& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const DescheduleCronJob& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const StartCronJob& command, const Context& context);
Result<Decided> decide(const Cluster& cluster, const FollowCron& command, const Context& context);

// The same for a request that its client may send again, if its answer is a Message: what was answered to the first
// is answered again. InvalidArgument: another request had the key.
Result<Decided> decide_once(const Cluster& cluster, const Command& command, const RequestMark& mark,
                            const Context& context);

// What follows from changes that were just applied: working updates of the jobs they touch are evaluated
// again, draining hosts that wait for them go on, and the update history of a job goes with its last task. The engine repeats it until nothing
// follows.
Decision follow_up(const Cluster& cluster, const std::vector<Change>& applied, const Context& context);

// What an applied change means for timers: throttling, transient states, kill retries, pruning, watch times,
// silent hosts. A task that moves on, or is gone, waits for nothing that it waited for before. After a restart
// all timers are made again from the tables (spec/scheduler.md §2.5 to §2.8, §14).
TimerChanges timers_for(const Cluster& cluster, const Change& applied, const Context& context);
std::vector<Timer> timers_after_restart(const Cluster& cluster, const Context& context);

}  // namespace aurora::core

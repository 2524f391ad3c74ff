// The tasks of one host and every decision about them: the executor's counterpart of Cluster.
//
// Pure, like all of core: decide() takes an event and the time and answers with records and effects. The host
// loop writes the records to its journal, applies them here, and then performs the effects. A task id that
// was seen is not started again: it stays in the table, at least as an ended task, until its record is
// collected long after its end.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/rng.h"
#include "aurora/base/seen_time.h"
#include "aurora/core/host/report.h"
#include "aurora/core/process/collection.h"
#include "aurora/core/process/run_history.h"
#include "aurora/core/process/runner_outcome.h"
#include "aurora/core/task/task_summary.h"

namespace aurora::core {

// --- Records: what the journal keeps.
struct TaskAccepted {
  TaskId task_id;
  Instant at;
  HostTaskSummary summary;
};
struct KillAccepted {  // the runner is asked to end; its outcome will be "Instructed to kill task."
  TaskId task_id;
  Instant at;
};
struct EndAccepted {  // likewise, by the executor itself; the outcome will be this one
  TaskId task_id;
  Instant at;
  RunnerOutcome outcome;
};
struct TaskHealthy {  // its checks passed as often as was asked for: it runs, also for executors after this one
  TaskId task_id;
  Instant at;
};
struct TaskEnded {  // also the tombstone of a task that was killed before it was launched
  TaskId task_id;
  Instant at;
  TaskStatus status = TaskStatus::Lost;
  std::string message;
  std::optional<EndReason> reason = {};
};
struct EndAcknowledged {  // the scheduler has it on disk: not reported any more
  TaskId task_id;
};
struct TaskCollected {  // its files are deleted; its page says so until it is forgotten
  TaskId task_id;
  Instant at;
};
struct TaskForgotten {  // as if it had never been here
  TaskId task_id;
};
using HostRecord = std::variant<TaskAccepted, KillAccepted, TaskEnded, EndAcknowledged, TaskCollected,
                                TaskForgotten, EndAccepted, TaskHealthy>;

// --- Events.
struct LaunchRequested {
  std::vector<Task> tasks;
};
struct KillRequested {
  std::vector<TaskId> task_ids;
};
// The executor itself ends the task: an unhealthy one, one over its limits. The same ends as after a kill,
// and the outcome is this one, unless a kill or another end was asked for before, or the task had ended by
// itself.
struct EndRequested {
  TaskId task_id;
  RunnerOutcome outcome;
};
// What a task's configuration and ports say about how it is treated while it runs.
struct RunnerTraits {
  bool is_checked = false;      // it runs only once its health check has passed
  bool hears_shutdown = false;  // it is asked to end by HTTP first
  bool was_unchecked = false;   // under the version that launched it: it runs before its check has passed
};
struct RunnerStarted {  // its checkpoint says Active and the first processes are there
  TaskId task_id;
  RunnerTraits traits = {};
};
struct HealthProven {  // of a task that is checked: as often as was asked for
  TaskId task_id;
};
struct ShutdownBegun {  // the task was there to hear it and is being asked now: its end is no longer its own
  TaskId task_id;
};
struct ShutdownDone {  // requests and waits of BeginShutdown are over, or nobody was there
  TaskId task_id;
};
struct StartFailed {  // sandbox, plan or runner could not be made; the message is the user's
  TaskId task_id;
  TaskStatus status = TaskStatus::Failed;
  std::string message;
  std::optional<EndReason> reason = {};
};
StartFailed interrupted_start(const TaskId& task_id);  // by the end of the executor that had accepted it
struct RunnerExited {
  TaskId task_id;
  RunnerEnd end;
};
struct ReportAnswered {  // to the message with this sequence number; `answer` absent: not delivered
  int64_t sequence = 0;
  std::optional<ReportTasks::Answer> answer;
};
struct TasksCollected {  // files that are deleted, records to drop; what is not over by then is left alone
  std::vector<TaskId> files;
  std::vector<TaskId> records;
};
struct PortTaken {  // somebody who is no task of ours listens on it
  int32_t port = 0;
};
struct TimerFired {};
struct Stopping {};  // the executor, not its tasks
using HostEvent = std::variant<LaunchRequested, KillRequested, EndRequested, RunnerStarted, HealthProven, ShutdownBegun, ShutdownDone,
                               StartFailed, RunnerExited, ReportAnswered, TasksCollected, PortTaken, TimerFired, Stopping>;

// --- Effects. Each is safe to repeat.
struct StartRunner {
  Task task;
};
// Asks the runner to kill its task, with its own escalation: once, and once more by an executor that finds
// the runner and cannot know whether it was asked.
struct SignalRunner {
  TaskId task_id;
};
struct CheckHealth {  // from now on, until LeaveTask or BeginShutdown; HealthProven or EndRequested follow
  TaskId task_id;
  bool is_healthy = false;  // an executor before this one found that
};
struct BeginShutdown {  // asks the task to end by its HTTP endpoints; ShutdownBegun and ShutdownDone follow
  TaskId task_id;
};
struct LeaveTask {  // no further check of it, no further request to it
  TaskId task_id;
};
struct DestroyRunner {  // it had its time and more: SIGKILL to the runner and to everything it left
  TaskId task_id;
};
struct SendReport {
  ReportTasks report;
};
struct JoinCluster {  // to be remembered by the host for ever: no other cluster's orders are taken any more
  std::string cluster_id;
};
using HostEffect = std::variant<StartRunner, SignalRunner, DestroyRunner, SendReport, JoinCluster, CheckHealth,
                                BeginShutdown, LeaveTask>;

struct HostTiming {
  // At least this often, up to a tenth sooner, so that hosts that began together do not stay together: a
  // beat, which is a complete report unless the scheduler agrees with the host, and now and then if it does.
  Duration heartbeat = seconds(5);
  Duration list_interval = minutes(5);
  Duration answer_timeout = seconds(20);  // an unanswered report is sent again
  // After a report that was not accepted; doubles up to `heartbeat`. Up to half of it sooner.
  Duration retry_delay = milliseconds(200);
  // A new scheduler is met by every host at its next beat. They register within so much of that, each at a
  // moment of its own; with the beat and a retry it is well below what a scheduler waits for its hosts
  // (EngineConfig::listen_for).
  Duration registration_spread = seconds(1);
  Duration stop_timeout = seconds(120);  // for the requests of BeginShutdown with their waits, in seen time
  // From when it was asked, in seen time: the runner itself gives up after 60 s. An executor whose clock
  // catches up with one that was set counts twice as fast (base/slewed_clock), and no runner may lose a
  // second by that.
  Duration runner_kill_grace = seconds(130);
  Duration taken_port_pause = minutes(10);  // a port that was taken is not offered for so long
};

struct HostTask {
  HostTaskSummary summary;
  TaskStatus status = TaskStatus::Starting;  // Starting, Running or terminal
  std::string message;                       // of `status`
  std::optional<EndReason> reason = {};      // of a terminal status
  Instant accepted_at;
  Instant status_at;
  std::optional<Instant> kill_accepted_at;
  std::optional<EndAccepted> end_accepted = {};
  std::optional<Instant> healthy_at = {};  // of one that is checked, while it runs
  std::optional<RunnerTraits> traits = {};  // once its runner has started, as far as this executor knows
  bool hears_shutdown() const { return traits && traits->hears_shutdown; }
  bool was_shut_down = false;  // it was asked to end by HTTP, so that no end of it is its own any more
  std::optional<Instant> collected_at;  // its files are gone
  // What its end will be if it does not come by itself: of a kill or an end that was accepted.
  std::optional<RunnerOutcome> asked_outcome() const;
  int64_t version = 0;                   // grows with each change of status
  std::optional<TaskStatus> counted_as;  // in the digest
};

struct HostDecision {
  std::vector<HostRecord> records;
  std::vector<HostEffect> effects;
};

class HostTasks {
 public:
  // `cluster_id`: of the cluster that has accepted this host, empty before there was one. `gpus`: the device
  // files that tasks may have; each is of one active task at a time, also of those that executors before this
  // one have started.
  HostTasks(Host host, std::string session, HostTiming timing = {}, std::string cluster_id = {},
            std::vector<std::string> gpus = {});

  const std::string& cluster_id() const { return cluster_id_; }
  // Whether a launch or a kill may come from a scheduler of this cluster.
  Status check_cluster(const std::string& sender_id) const;

  // Records and effects that follow from the event. Changes only what is never written: what was sent and
  // answered, and what is found again after a restart.
  HostDecision decide(const HostEvent& event, Instant now);
  void apply(const HostRecord& record);
  // After the journal was applied: what to do with the tasks that had not ended.
  struct FoundRunner {
    bool alive = false;    // its lock is held: by a runner, or for one that is being born
    bool started = false;  // its checkpoint says Active at least; otherwise RunnerStarted or an end follows
    RunnerEnd end;
    RunnerTraits traits = {};
    std::optional<StartFailed> failed = {};  // its runner could start nothing
    std::optional<Task> unprepared = {};     // no runner was asked for yet, so that it can still begin
  };
  HostDecision adopt(const TaskId& task_id, const FoundRunner& found, Instant now);
  // Before that, for a folder whose task the journal does not know any more: `accepted` is what the folder
  // itself says. What the journal still knows of it (a kill, an end) stays true. adopt() follows if it has
  // not ended.
  bool needs_recovery(const TaskId& task_id) const;
  HostDecision recover(const TaskAccepted& accepted) const;
  // A runner lives whose task was reported as ended: it must go, since another may run in its place.
  HostDecision end_survivor(const TaskId& task_id, Instant now);
  // The next moment at which TimerFired has something to do.
  Instant next_timer() const;

  const std::map<TaskId, HostTask>& tasks() const { return tasks_; }
  const HostTask* find(const TaskId& task_id) const;
  std::vector<TaskId> list_active() const;
  // Ended, and the scheduler knows: what choose_collection() may choose from.
  std::vector<EndedTask> list_ended() const;
  // All that apply() needs to make this table again: a journal without what no longer matters.
  std::vector<HostRecord> snapshot() const;

 private:
  struct Sent {
    int64_t sequence = 0;
    Instant at;
    bool is_registration = false;
    bool is_complete = false;
    bool has_digest = false;
    int64_t offer = 0;
    std::map<TaskId, int64_t> versions;
  };

  void launch(const Task& task, Instant now, HostDecision& decision);
  std::optional<std::vector<std::string>> choose_gpus(int64_t count, const HostDecision& decision) const;
  void kill(const TaskId& task_id, Instant now, HostDecision& decision);
  void end_early(const EndRequested& event, Instant now, HostDecision& decision);
  void started(const RunnerStarted& event, Instant now, HostDecision& decision);
  void not_started(const StartFailed& event, Instant now, HostDecision& decision) const;
  void begin_end(const TaskId& task_id, HostDecision& decision);
  void go_on_ending(const TaskId& task_id, HostDecision& decision);
  void signal(const TaskId& task_id, HostDecision& decision);
  void leave(const TaskId& task_id, HostDecision& decision) const;
  void end(const TaskId& task_id, RunnerOutcome outcome, Instant now, HostDecision& decision) const;
  void answered(const ReportAnswered& event, Instant now, HostDecision& decision);
  void collected(const TasksCollected& event, Instant now, HostDecision& decision) const;
  bool is_settled(const TaskId& task_id) const;
  void hold_back(int32_t port, Instant now);
  void offer_again(Instant now);
  void register_offer();
  Host offered_host() const;
  void set_status(const TaskId& task_id, HostTask& task, RunnerOutcome status, Instant at);
  void report_again(const TaskId& task_id, HostTask& task);
  void count(const TaskId& task_id, HostTask& task);
  Duration up_to(Duration most, double sooner);
  void refused(const Sent& sent, const ReportAnswered& event, Instant now);
  void report_if_due(Instant now, HostDecision& decision);
  ReportTasks next_report();
  ReportTasks farewell();
  void await_end(const TaskId& task_id);
  void escalate_ends(HostDecision& decision);

  Host host_;
  std::string session_;
  HostTiming timing_;
  std::string cluster_id_;
  std::vector<std::string> gpus_;
  std::map<TaskId, HostTask> tasks_;
  SeenTime time_;                     // in which kills are counted
  struct Ending {
    Duration due;  // in seen time: when to escalate
    bool is_signalled = false;  // its runner is; before that it is asked by HTTP
  };
  std::map<TaskId, Ending> endings_;  // asked for, not there yet
  std::set<TaskId> changed_;          // the scheduler does not have their present status
  std::set<TaskId> reported_;  // active, or ended and not yet acknowledged: what a complete report lists
  TaskDigest digest_;          // of those of `reported_` that are active
  std::map<int32_t, Instant> taken_ports_;  // not offered until then
  int64_t offer_ = 0;                       // grows with each change of what is offered
  std::optional<Sent> in_flight_;
  int64_t sequence_ = 0;
  bool registered_ = false;
  bool agrees_ = false;  // the scheduler, as its answer to the last digest says
  Instant next_beat_;
  Instant next_list_;     // even if it agrees
  Instant next_attempt_;  // after a failure
  Duration retry_delay_;
  Rng rng_;  // when to say something, so that not all hosts say it at once
};

}  // namespace aurora::core

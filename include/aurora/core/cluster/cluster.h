// Everything the scheduler knows, in memory, with its indexes. Owned by the scheduler's Engine; the only way
// to change it is apply(). Not thread-safe: the Engine guards it. Iteration order is by key everywhere.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/sorted_pieces.h"
#include "aurora/core/cluster/change.h"
#include "aurora/core/host/offer_order.h"
#include "aurora/core/host/task_digest.h"
#include "aurora/core/task/status_counts.h"

namespace aurora::core {

class AttributePool;  // core/cluster/attribute_pool.h
class HostIndex;      // core/cluster/host_index.h
class SlotCounts;     // core/cluster/records.h

// Volatile knowledge about an executor's connection.
struct HostSession {
  std::string session;
  int64_t sequence = 0;
  Instant last_seen;
  Instant since;                         // the first report of all since the host was last given up, or a start
  bool has_left = false;                 // stopped in good order
  bool list_wanted = false;              // until a complete report
  std::vector<std::string> former = {};  // sessions before this one, the last few: what they sent is late
};

// A host that was given up, until it is heard again.
struct HostSilence {
  Instant at;           // when; the epoch for one that had said that it leaves
  std::string session;  // the executor's that was last heard
};

struct TaskQuery {  // set fields are ANDed, empty collections do not restrict (spec/api.md §2.1)
  std::optional<std::string> role;
  std::optional<std::string> environment;
  std::optional<std::string> job_name;
  std::set<TaskId> task_ids;
  std::set<TaskStatus> statuses;
  std::set<int32_t> instance_ids;
  std::set<HostId> hosts;
  std::set<JobKey> job_keys;
};

// A part of a list: `count` from `offset` on; when reversed, counted from the list's end and backwards.
struct Window {
  size_t offset = 0;
  size_t count = 0;
  bool is_reversed = false;
};
struct TaskPage {
  std::vector<const Task*> tasks;
  size_t total = 0;  // that the query matches, on this page or not
};

// A pending task in the queue of its configuration: who waits for longer comes first, of those that came at
// once (a job, a restart) the lower instance.
struct WaitingTask {
  Instant since;
  int32_t instance_id = 0;
  const Task* task = nullptr;
  friend bool operator==(const WaitingTask& a, const WaitingTask& b) {
    return a.since == b.since && a.instance_id == b.instance_id && a.task->id == b.task->id;
  }
};
struct PendingGroup : SortedPieces<WaitingTask> {
  ResourceTotals cost = {};  // of one of them on its host
  bool has_limits = false;   // tasks of the job elsewhere decide which hosts take one
  Instant served = {};       // when one of them last got a host
  size_t need_at = 0;        // its place among the needs
};
// What tells, with few looks into memory, that a group is not the one to try.
struct PendingNeed {
  ResourceTotals cost;
  bool has_limits = false;
  Instant since;  // its first task waits, or one of its tasks got a host
  const ConfigHash* hash = nullptr;
  const PendingGroup* group = nullptr;
};

struct RoleCounts {
  std::string role;
  int64_t jobs = 0;   // with tasks, running or not
  int64_t crons = 0;  // cron jobs, with tasks or without
};
struct RolePage {
  std::vector<RoleCounts> roles;
  size_t total = 0;
};
struct JobCounts {
  const JobKey* job = nullptr;
  const StatusCounts* counts = nullptr;
};
struct JobPage {
  std::vector<JobCounts> jobs;
  size_t total = 0;
};

struct CronPage {
  std::vector<const CronJob*> jobs;
  size_t total = 0;
};

class Cluster {
 public:
  // `overhead`: what each task with an executor costs its host beyond its own resources. `order`: in which the index of
  // hosts is to be walked.
  explicit Cluster(ExecutorOverhead overhead = {}, OfferOrder order = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Idempotent for durable changes. Interns task configurations.
  void apply(const Change& change);
  void apply(Change&& change);  // the same, at less cost for what would be copied

  // Tasks. Pointers are valid until the next apply().
  const Task* find_task(const TaskId& id) const;
  std::vector<const Task*> list_tasks(const TaskQuery& query) const;  // by task id; uses the narrowest index
  // A part of list_tasks(query), without collecting the rest.
  TaskPage list_task_page(const TaskQuery& query, const Window& window) const;
  std::vector<const Task*> list_job_tasks(const JobKey& job) const;  // active and terminal
  std::vector<const Task*> list_active(const JobKey& job) const;     // by instance id
  const Task* find_active(const InstanceKey& instance) const;
  // The configuration of the active task whose last event is the latest; when none is active, of the terminal
  // one.
  const TaskConfig* find_config(const JobKey& job) const;
  const Task* find_last_ended(const JobKey& job) const;  // the terminal task whose last event is the latest
  size_t terminal_count(const JobKey& job) const;
  // Terminal tasks of the job whose last event is not after `until`, oldest first, `count_max` at most.
  std::vector<const Task*> list_terminal(const JobKey& job, Instant until, size_t count_max) const;
  std::vector<const Task*> list_host_tasks(const HostId& host) const;  // assigned ones only
  ExpectedTasks expected_tasks(const HostId& host) const;              // of the same. Kept by apply()
  size_t task_count(TaskStatus status) const;
  // How many tasks there are in each status: of a job; of those that the query matches, whatever statuses it
  // names. Kept by apply(), for all tasks and those of a role or job.
  const StatusCounts& count_tasks(const JobKey& job) const;
  StatusCounts count_tasks(TaskQuery query) const;
  std::vector<JobKey> list_jobs() const;  // every key with a task of any state, or a cron job
  std::vector<JobKey> list_jobs(const std::string& role) const;
  // A part of them, without collecting the rest; those of a role, unless it is empty. Pointers are valid until the next
  // apply().
  JobPage list_job_page(const std::string& role, const Window& window) const;
  std::vector<std::string> list_roles() const;
  std::vector<RoleCounts> list_role_counts() const;
  RolePage list_role_page(const Window& window) const;

  // Pending tasks with an equal configuration, first come first (spec/scheduler.md §4.1).
  const std::map<ConfigHash, PendingGroup>& pending_groups() const;
  const std::vector<PendingNeed>& pending_needs() const;  // one for each group, in no order
  const PendingReason* find_pending_reason(const ConfigHash& config) const;

  // The hosts that name the configuration as a suspect, and since when; see core/placement/quarantine.h.
  const std::map<HostId, Instant>& list_suspecting_hosts(const ConfigHash& config) const;

  // Hosts. A host without a session has not reported since the scheduler started, or is gone.
  const Host* find_host(const HostId& id) const;
  std::vector<const Host*> list_hosts() const;
  const HostSession* find_session(const HostId& id) const;
  const HostSilence* find_silence(const HostId& id) const;
  bool is_connected(const HostId& id) const;  // has a session and has not left; only then it offers anything
  size_t connected_host_count() const;
  // capacity − (resources + executor overhead) of its assigned tasks − resources of tasks unknown here; ports
  // by count. Kept by apply().
  ResourceTotals available(const HostId& id) const;
  std::vector<int32_t> used_ports(const HostId& id) const;  // in order
  // The same amounts by position, for placement: "which host has room?" without a scan. Kept by apply().
  const HostIndex& host_index() const;
  std::optional<size_t> find_position(const HostId& id) const;  // in the index
  // Assigned tasks of `job` on hosts that carry (attribute, value): for limit constraints.
  int32_t count_job_tasks(const JobKey& job, const std::string& attribute, const std::string& value) const;
  // All these counts, by the slot of the attribute in the pool.
  const SlotCounts& count_job_tasks(const JobKey& job) const;
  const AttributePool& attribute_pool() const;

  // Tasks that hosts run and that are not among the tasks above (core/host/unknown_task.h). By host, then id.
  std::vector<const UnknownTask*> list_unknown_tasks() const;
  std::vector<const UnknownTask*> list_unknown_tasks(const HostId& host) const;
  // One that runs what this instance would run: the instance must wait.
  const UnknownTask* find_occupant(const InstanceKey& instance) const;
  const Tombstone* find_tombstone(const TaskId& task) const;
  std::vector<const Tombstone*> list_tombstones(const HostId& host) const;
  // Not after `until`, oldest first.
  std::vector<const Tombstone*> list_tombstones(Instant until, size_t count_max) const;
  size_t tombstone_count() const;

  // Hosts that are being drained. None after a restart until they are looked at.
  const DrainProgress* find_drain_progress(const HostId& host) const;
  const std::set<HostId>& list_drains_waiting(const JobKey& job) const;  // for tasks of the job
  // Coordinators (core/sla/sla_gate.h): what one is asked now, or was and has not answered; what one has said of the
  // task as it is; how many are being asked.
  const CoordinatorAsked* find_coordinator(const std::string& url) const;
  const CoordinatorSaid* find_coordinator_answer(const TaskId& task) const;
  size_t busy_coordinator_count(Instant now) const;

  // Quotas. A role without a record has none.
  ResourceTotals quota_of(const std::string& role) const;
  std::vector<const Quota*> list_quotas() const;  // by role
  UseByClass active_use(const std::string& role) const;  // what its active tasks ask for. Kept by apply()
  // What runs of its cron jobs may ask for beyond the tasks that these have (spec/scheduler.md §7.1). Kept by apply()
  UseByClass cron_use(const std::string& role) const;

  // Cron jobs. A job may have tasks and no record here (it was descheduled), or a record and no tasks.
  const CronJob* find_cron_job(const JobKey& job) const;
  const CronProgress* find_cron_progress(const JobKey& job) const;  // absent: it was never looked at
  std::vector<const CronJob*> list_cron_jobs() const;               // by key
  std::vector<const CronJob*> list_cron_jobs(const std::string& role) const;
  // A part of them; those of a role, unless it is empty. Walks over those before the window.
  CronPage list_cron_page(const std::string& role, const Window& window) const;

  // Requests that were answered, old ones too: who asks looks at their age. The oldest first.
  const AnsweredRequest* find_answered_request(const std::string& key) const;
  std::vector<const AnsweredRequest*> list_oldest_answered_requests(size_t count_max) const;
  size_t answered_request_count() const;

  // Hosts that are kept for a configuration, until a moment that may have passed.
  const HostReserved* find_reservation(const HostId& host) const;
  std::vector<const HostReserved*> list_reservations() const;  // by host
  const std::set<HostId>& list_reserved_hosts(const ConfigHash& config) const;
  // Instances that come back to their hosts, until a moment that may have passed.
  const InstanceKept* find_kept(const InstanceKey& instance) const;
  std::vector<const InstanceKept*> list_kept() const;  // by instance
  std::vector<const InstanceKept*> list_kept(const JobKey& job) const;

  // Updates.
  const JobUpdate* find_update(const UpdateKey& key) const;
  const JobUpdate* find_active_update(const JobKey& job) const;
  std::vector<const JobUpdate*> list_updates() const;  // by key
  std::vector<const JobUpdate*> list_updates(const JobKey& job) const;
  std::vector<const JobUpdate*> list_active_updates() const;
  std::vector<const JobUpdate*> list_active_updates(const std::string& role) const;
  const UpdateProgress* find_progress(const UpdateKey& key) const;
  // Of one instance, oldest first. Costs what they are as long as the update is active.
  std::vector<const InstanceUpdateEvent*> list_instance_events(const UpdateKey& key, int32_t instance) const;

  // The first broken promise, or nothing: at most one active task per instance, indexes agree with the
  // tables; last, no host promised more than it has. For simulation and tests: looks at everything.
  std::optional<std::string> check_invariants() const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// What a task takes from its host: its resources, and the overhead if it has an executorConfig. Cores are
// rounded to millionths, in which available() counts too, so that sums are exact.
ResourceTotals cost_on_host(const TaskConfig& config, const ExecutorOverhead& overhead = {});

}  // namespace aurora::core

// The verbs of the command line, one function each; src/modes parses their options. Each prints what it has to say and
// returns the exit code. Defaults are the noun-verb ones; where the classic verb differs, its mode sets them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/client/session.h"

namespace aurora::client {

// A job file on the command line.
struct JobFile {
  std::string path;
  std::vector<std::string> bindings;  // NAME=VALUE, as typed
  bool read_json = false;
};

struct CreateOptions {
  std::string key;
  JobFile file;
  std::string wait_until = "PENDING";
  bool open_browser = false;
  std::string unchanged_since = {};  // a state that a plan named: create only if it still is so; empty: in any case
};
int create(Session& session, const CreateOptions& options);

struct CronOptions {
  std::string key;
  JobFile hook_file;  // start: may be empty; only its hooks matter
  bool open_browser = false;
  bool is_json = false;  // show: all that is known, with next and past runs
};
int cron_schedule(Session& session, const CreateOptions& options);
int cron_deschedule(Session& session, const CronOptions& options);
int cron_start(Session& session, const CronOptions& options);
int cron_show(Session& session, const CronOptions& options);

struct KillOptions {
  std::string key;     // kill, noun-verb: with instances
  std::string shards;  // kill, classic
  int64_t batch_size = 1;  // instances a call; 0 = one call for all
  int64_t max_total_failures = 0;
  std::string message;
  JobFile hook_file;  // may be empty; only its hooks matter
  bool is_strict = false;
  bool open_browser = false;
};
int kill(Session& session, const KillOptions& options);
int killall(Session& session, const KillOptions& options);

struct AddInstancesOptions {
  std::string key;      // with the one instance that the new ones are like
  int32_t count = 0;
  std::string wait_until = "PENDING";
  JobFile hook_file;  // may be empty; only its hooks matter
  bool open_browser = false;
};
int add_instances(Session& session, const AddInstancesOptions& options);

struct RestartOptions {
  std::string key;     // with instances, noun-verb
  std::string shards;  // classic
  int64_t batch_size = 1;
  int64_t max_per_instance_failures = 0;  // negative = without limit
  int64_t max_total_failures = 0;
  int64_t watch_secs = 30;
  int64_t healthcheck_interval_seconds = 3;
  int64_t restart_threshold_secs = 0;  // to reach RUNNING; 0 = 2 x watch_secs + 60
  JobFile hook_file;  // may be empty; only its hooks matter
  bool is_strict = false;
  bool open_browser = false;
};
int restart(Session& session, const RestartOptions& options);

struct StatusOptions {
  std::string key;  // noun-verb: a pattern
  bool is_json = false;
  bool is_original = false;  // the original's text on a terminal, too
};
int status(Session& session, const StatusOptions& options);

struct ListJobsOptions {
  std::string pattern;
  bool show_cron = false;
  bool is_pretty = false;
};
int list_jobs(Session& session, const ListJobsOptions& options);

struct OpenOptions {
  std::string target;
};
int open(Session& session, const OpenOptions& options);

struct InspectOptions {
  std::string key;
  JobFile file;
  bool is_raw = false;
  bool is_json = false;
};
int inspect(Session& session, const InspectOptions& options);

struct DiffOptions {
  std::string key;  // with instances, noun-verb
  JobFile file;
  std::string from;  // another live job to compare against
  bool has_exit_code = false;  // 1 when there is a difference
};
int diff(Session& session, const DiffOptions& options);

// Why something is as it is, and what it waits for.
struct ExplainOptions {
  std::string what;       // a job's key, with or without one instance; a task's id; a host
  std::string cluster;    // of a task's id or a host; empty: the only one that is known
  std::string update_id;  // of the job's updates
  bool is_json = false;
};
int explain(Session& session, const ExplainOptions& options);

// What `update start` or `job create` would do, step by step. Exit code 0: nothing, 1: changes, 2: it would not fit.
struct PlanOptions {
  std::string key;  // with instances
  JobFile file;
  bool is_create = false;  // of a job that is made by `job create`, though it is a service
  bool is_json = false;
};
int job_plan(Session& session, const PlanOptions& options);

struct UpdateOptions {
  std::string key;     // with instances, noun-verb
  std::string shards;  // classic
  JobFile file;
  std::string message;
  int64_t poll_secs = 1;
  bool is_dry_run = false;  // prints what would be done and ends
  bool open_browser = false;
  std::string unchanged_since = {};  // as CreateOptions'; update_start
};
// Starts the scheduler's update and waits for it, telling the story as the original's client-driven update did.
int update(Session& session, const UpdateOptions& options);
// Starts it and returns; `waits`: until it has ended.
enum class UpdateWait { No, Yes };
int update_start(Session& session, const UpdateOptions& options, UpdateWait wait);

enum class UpdateAction { Pause, Resume, Abort, Rollback };
struct UpdateControlOptions {
  std::string key;
  std::string message;
  UpdateWait wait = UpdateWait::No;  // rollback only
  JobFile hook_file;                 // cancel_update: may be empty; only its hooks matter
};
int update_control(Session& session, UpdateAction action, const UpdateControlOptions& options);
// Classic `cancel_update` and `job cancel-update`: aborts the active update, if there is one.
int cancel_update(Session& session, const UpdateControlOptions& options);

struct UpdateListOptions {
  std::string filter;  // CLUSTER[/ROLE[/ENV[/JOB]]]
  std::vector<std::string> statuses;
  std::string user;
  bool is_json = false;
};
int update_list(Session& session, const UpdateListOptions& options);

struct UpdateInfoOptions {
  std::string key;
  std::string id;  // empty: the active one
  bool is_json = false;
};
int update_info(Session& session, const UpdateInfoOptions& options);
int update_wait(Session& session, const UpdateInfoOptions& options);

struct ConfigOptions {
  std::vector<JobFile> files;  // dump and list take one
  bool is_json = false;        // eval: one document instead of lines
};
int config_list(Session& session, const ConfigOptions& options);
int config_dump(Session& session, const ConfigOptions& options);
int config_eval(Session& session, const ConfigOptions& options);

struct QuotaOptions {
  std::string cluster;  // classic
  std::string role;     // noun-verb: CLUSTER/ROLE
  bool is_json = false;
};
int quota_get(Session& session, const QuotaOptions& options);

enum class SetQuotaHow { Set, Increase };  // Increase: by amounts that may be negative
struct SetQuotaOptions {
  std::string cluster;
  std::string role;
  std::string cpus;  // a number
  std::string ram;   // sizes: "20gb"
  std::string disk;
  SetQuotaHow how = SetQuotaHow::Set;
};
int set_quota(Session& session, const SetQuotaOptions& options);

struct UnknownTasksOptions {
  std::string action = "list";  // list, kill or adopt
  std::string cluster;
  std::vector<std::string> task_ids;
  std::vector<std::string> hosts;
  bool all = false;  // kill
  bool is_json = false;
};
int unknown_tasks(Session& session, const UnknownTasksOptions& options);

// Copies of the scheduler's database and the way back to one of them while it runs (spec/client.md §11.4).
struct RecoveryOptions {
  std::string cluster;
  std::string backup;                 // stage: a name or a number
  std::vector<std::string> task_ids;  // delete: each one, or several with commas
  bool is_json = false;               // list and print
};
int scheduler_backup_now(Session& session, const RecoveryOptions& options);
// Of the original: its state in one piece. Ours always is: a copy is made.
int scheduler_snapshot(Session& session, const RecoveryOptions& options);
int scheduler_list_backups(Session& session, const RecoveryOptions& options);
int scheduler_stage_recovery(Session& session, const RecoveryOptions& options);  // waits until it is loaded
int scheduler_print_recovery_tasks(Session& session, const RecoveryOptions& options);
int scheduler_delete_recovery_tasks(Session& session, const RecoveryOptions& options);
int scheduler_commit_recovery(Session& session, const RecoveryOptions& options);
int scheduler_unload_recovery(Session& session, const RecoveryOptions& options);

struct ReconcileOptions {
  std::string cluster;
  std::string type = "explicit";  // or implicit
  int64_t batch_size = 1000;      // of the original: hosts answer with their beats, which are spread anyway
};
int reconcile_tasks(Session& session, const ReconcileOptions& options);

// Hosts that are emptied and given back (spec/client.md §11.2). Exactly one of `hosts` and `filename` is given.
struct HostsOptions {
  std::string cluster;
  std::vector<std::string> hosts;
  std::string filename;  // one host a line
  bool is_json = false;
};
int host_deactivate(Session& session, const HostsOptions& options);
int host_activate(Session& session, const HostsOptions& options);
int host_status(Session& session, const HostsOptions& options);

struct HostDrainOptions : HostsOptions {
  std::string grouping = "by_host";  // by_rack, none: whose hosts are drained together
  std::string post_drain_script;     // run for each host that is drained
  std::optional<double> override_percentage;
  std::string override_duration;
  std::string override_reason;
  std::string unsafe_hosts_file;  // hosts that were not drained are written there
};
int host_drain(Session& session, const HostDrainOptions& options);

struct SlaHostDrainOptions : HostsOptions {
  double default_percentage = 95;  // for jobs without a policy of their own
  std::string default_duration = "30m";
  std::string force_drain_timeout = "7d";  // afterwards no policy counts
};
int sla_host_drain(Session& session, const SlaHostDrainOptions& options);

}  // namespace aurora::client

// What the executor keeps of a task on disk, and where. Two places: the sandbox, which belongs to the role,
// at the path that Mesos gave it, and the executor's own folder, which the role cannot write:
//
//   <work>/slaves/<agent>/frameworks/<framework>/executors/thermos-<task>/runs/latest/sandbox
//   <state>/tasks/<task>/plan        what the runner runs, then the task as JSON, then what lists show of it
//   <state>/tasks/<task>/launched    what the scheduler sent, as JSON; until all is prepared its name is `preparing`
//   <state>/tasks/<task>/checkpoint  what happened; its lock is held as long as the runner lives
//   <state>/tasks/<task>/log_times   when its logs had which size
//   <state>/tasks/<task>/container/  of a task with an image: what the OCI runtime reads, and where its root is mounted
//   <state>/tasks/<task>/failure     why the runner could start nothing; only if that is so
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/ids.h"
#include "aurora/core/process/health_check.h"
#include "aurora/core/process/host_tasks.h"
#include "aurora/core/process/run_history.h"
#include "aurora/core/process/task_plan.h"
#include "aurora/os/users.h"

namespace aurora::executor {

struct TaskPaths {
  std::string folder;  // the executor's own
  std::string plan;
  std::string launched;
  std::string preparing;
  std::string checkpoint;
  std::string log_times;
  std::string container;
  std::string failure;
  std::string run;      // .../runs/1, to which runs/latest leads
  std::string sandbox;  // in it
};
struct WorkFolder {
  std::string root;   // of the sandboxes; several executors may share it
  std::string state;  // of one executor
  std::string agent_id;
  TaskPaths paths_of(const core::TaskId& task_id) const;
};

// What holds the processes of a task: decided when it is prepared, and the same for whatever joins them
// later.
struct Confinement {
  std::vector<std::string> cgroups;  // folders of the task's control groups, one a hierarchy (os/cgroup.h)
  std::string process_cgroup;  // below one of them: all but the runner, to be killed at once; empty: none
  bool has_private_tmp = false;
  bool hides_processes = false;  // those of other users
  bool no_new_privileges = false;
  int64_t disk_max_bytes = 0;  // of the sandbox, held by its file system (os/project_quota.h); 0: by nobody
};

// The file system of a task's image, in which its runner enters before it starts anything (executor/container_entry.h).
struct Container {
  std::string image;    // folder of the image's files, only read; what the task changes of them is in its sandbox
  std::string folder;   // the executor's: rootfs/, where both come together, and config.json for the runtime
  std::string runtime;  // program of the OCI runtime
  std::string sandbox;  // as the processes see it
  std::string shell;    // bash of the image, or its sh
  std::vector<std::string> environment;  // NAME=value, beneath what every task has
};

struct RunnerPlan {
  core::TaskId task_id;
  core::TaskPlan plan;
  std::string sandbox;  // also HOME and the working folder
  os::User user;        // who the processes are
  bool switches_user = false;
  std::string search_path;  // PATH
  std::string hostname;
  std::map<std::string, int32_t> ports;
  Instant launched_at;
  std::optional<core::HealthPlan> health = {};
  std::optional<core::ShutdownPlan> shutdown = {};
  Confinement confinement = {};
  std::optional<Container> container = {};  // absent: it sees the host's files
  std::vector<std::string> gpus = {};       // device files, the task's own
  std::vector<std::string> variables = {};  // NAME=value, of this host, over what an image says
  bool lacks_checks = false;                // a version wrote it that left health and shutdown out
  core::RunnerTraits traits() const { return {health.has_value(), shutdown.has_value(), lacks_checks}; }
};
std::string shell_of(const RunnerPlan& plan);
std::string home_of(const RunnerPlan& plan);  // the sandbox, as the processes see it
std::string changes_of(const std::string& sandbox);  // of an image's files, by the task
std::string log_path(const RunnerPlan& plan, uint32_t process, int32_t run, const char* stream);
std::string private_tmp_of(const std::string& sandbox);  // the folder that is the task's /tmp
std::string run_folder_of(const RunnerPlan& plan);       // the sandbox lies in it
// Of the whole task: beside the sandbox, where Mesos kept what an executor wrote.
std::string console_path(const RunnerPlan& plan, const char* stream);

// Environment of the task's processes, all of it. `plan.sandbox` is as the caller sees it.
std::vector<std::string> environment_of(const RunnerPlan& plan);

// The task as JSON follows the plan in the same file; the runner does not read it.
std::string encode_plan(const RunnerPlan& plan, std::string_view task_json);
std::optional<RunnerPlan> decode_plan(std::string_view bytes);
Status write_plan(const std::string& path, const RunnerPlan& plan, std::string_view task_json,
                  const core::HostTaskSummary& summary);
Result<RunnerPlan> read_plan(const std::string& path);
// With what it lacks, from what the task was launched with, if that is there.
Result<RunnerPlan> read_checked_plan(const TaskPaths& paths);
Result<std::string> read_task_json(const std::string& path);
std::optional<core::Task> read_unprepared(const TaskPaths& paths);  // of which no runner was asked for yet
// What the journal should know of the task, as far as its plan can still be read: at worst, that it is there.
core::TaskAccepted recover_accepted(const std::string& path, const core::TaskId& task_id);

// Sandbox, logs, plan and checkpoint of a task that is over. `goes_on` is asked now and then; false ends it
// unfinished.
Status delete_task_files(const WorkFolder& work, const core::TaskId& task_id,
                         const std::function<bool()>& goes_on);

// --- The checkpoint: appended by the runner before it acts, read by everybody.
std::string encode_record(const core::RunRecord& record);  // framed
// Without damaged ones.
std::vector<core::RunRecord> parse_records(std::string_view bytes);
core::RunHistory parse_history(std::string_view bytes);
Result<core::RunHistory> read_history(const std::string& path);

}  // namespace aurora::executor

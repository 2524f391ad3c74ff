// What pages and the API show of this host's tasks: the loop's table joined with what is on disk.
// Thread-safe; reads files on the caller's thread, and only those of the tasks it is asked about.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/executor/health_records.h"
#include "aurora/executor/host_loop.h"
#include "aurora/executor/log_reader.h"
#include "aurora/executor/process_tree.h"
#include "aurora/executor/sandbox_file.h"
#include "aurora/executor/task_files.h"
#include "aurora/executor/usage.h"
#include "aurora/executor/usage_history.h"

namespace aurora::executor {

struct ProcessRunView {
  std::string name;
  std::string cmdline;
  int32_t run = 0;
  int32_t runs = 0;
  core::ProcessRun record;
  std::optional<Usage> usage;  // while it runs
};

struct TaskSummaryView {
  core::TaskId id;
  core::HostTask task;
  core::RunState state = core::RunState::Active;
  Instant state_at;
  std::string user;  // whom its processes run as
  Usage usage;
  int64_t disk_bytes = 0;
};

struct TaskView {
  TaskSummaryView summary;
  std::string sandbox;
  std::string task_json;  // {} when the task could not be prepared
  std::vector<core::RunStateRecord> statuses;
  std::vector<ProcessRunView> processes;  // the latest run of each that has one, by start time
};

enum class TaskFilter { All, Active, Finished };

class HostView {
 public:
  // `health`: of the tasks that are checked.
  HostView(const HostLoop& loop, const HealthRecords& health, WorkFolder work, const Clock& clock);

  struct Page {
    std::vector<TaskSummaryView> tasks;  // newest first
    size_t total = 0;
  };
  Page list_tasks(TaskFilter filter, size_t offset, size_t limit);
  // NotFound: "Unknown task_id: <id>"
  Result<TaskView> get_task(const core::TaskId& task_id);
  // What the scheduler sent to launch it, as JSON. NotFound: it is not kept (any more)
  Result<std::string> read_launched(const core::TaskId& task_id) const;
  // Absent: it is not checked, or it ended so long ago that its checks are forgotten.
  Result<std::optional<HealthRecord>> find_health(const core::TaskId& task_id) const;
  // All runs, oldest first.
  Result<std::vector<ProcessRunView>> list_runs(const core::TaskId& task_id, const std::string& process);

  // Of the last hour, by process; "" is the task as a whole.
  Result<std::map<std::string, std::vector<UsagePoint>>> list_usage(const core::TaskId& task_id) const;

  // Of an active task; of one that is over there is none.
  Result<std::vector<LiveProcess>> list_live(const core::TaskId& task_id) const;

  // What a LimitWatcher shares with the pages.
  DiskSampler& disk() { return disk_; }
  UsageHistory& usage_history() { return usage_history_; }

  // A file or folder of the sandbox; "" is the sandbox itself.
  Result<SandboxFile> open_file(const core::TaskId& task_id, const std::string& path) const;
  // Also one whose file was deleted, as long as its process runs and still writes into it.
  Result<SandboxFile> open_log(const core::TaskId& task_id, const std::string& process, int32_t run,
                               const std::string& stream) const;
  // Lines of all its logs. A task that has not begun has none.
  Result<LogPage> read_logs(const core::TaskId& task_id, const LogQuery& query, Instant now,
                            LogMemory& memory) const;
  // The same in blocks, up to so many bytes of text.
  Result<LogProgress> read_log_blocks(const core::TaskId& task_id, const LogQuery& query, Instant now, size_t bytes_max,
                                      const TakeLogBlock& take) const;
  Result<bool> has_ended(const core::TaskId& task_id) const;

 private:
  template <typename Logs>
  Result<Logs> read_kept_logs(const core::TaskId& task_id, LogMemory& memory,
                              const std::function<Result<Logs>(const TaskLogs&, const FindDeletedLog&)>& read) const;
  Result<core::HostTask> get_kept_task(const core::TaskId& task_id) const;
  Result<SandboxFile> open_deleted_log(const core::TaskId& task_id, const std::string& process, int32_t run,
                                       const std::string& stream) const;
  TaskSummaryView summarize(const core::TaskId& task_id, const core::HostTask& task);
  Result<core::HostTask> get_host_task(const core::TaskId& task_id) const;
  ProcessRunView view_run(const RunnerPlan& plan, const core::RunHistory& history, uint32_t process,
                          size_t run);

  const HostLoop& loop_;
  const HealthRecords& health_;
  const WorkFolder work_;
  UsageSampler sampler_;
  DiskSampler disk_;
  UsageHistory usage_history_;
};

}  // namespace aurora::executor

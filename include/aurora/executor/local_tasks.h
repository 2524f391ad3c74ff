// The tasks of this machine as their folders tell, whoever supervises them: executors, or `aurora thermos
// run`. Needs no executor that runs, and holds no lock while it looks.
#pragma once

#include <string>
#include <vector>

#include "aurora/executor/task_files.h"

namespace aurora::executor {

inline constexpr const char* kLocalAgent = "thermos";  // the agent id of work folders that no executor has

// That of somebody who runs tasks without an executor, below `root`.
WorkFolder local_work_folder(const std::string& root);

struct LocalTask {
  WorkFolder work;
  core::TaskId task_id;
  core::RunHistory history;  // empty: it has not begun
  Instant changed_at;        // its checkpoint
  std::string owner;         // of its checkpoint

  bool is_active() const { return !history.state() || !is_terminal(*history.state()); }
  TaskPaths paths() const { return work.paths_of(task_id); }
};
struct LocalTasks {
  std::vector<LocalTask> tasks;         // by folder, then by id
  std::vector<std::string> unreadable;  // folders of tasks into which we may not look
};
// Below each root: of `aurora thermos`, of an executor (its work or its state folder), of a devcluster, or a
// folder that holds some of these. A root that does not exist has no tasks.
LocalTasks find_local_tasks(const std::vector<std::string>& roots);

// Why it ended, in one sentence; empty: it has not, or it succeeded.
std::string end_sentence_of(const LocalTask& task);

// Somebody whose own the tasks are, and who collects them.
bool belongs_to_executor(const WorkFolder& work);

// Where the parts of a task are; those that are not there, or not ours to delete, are empty: a sandbox
// outside of the task's own folder was somebody's before.
struct TaskFiles {
  std::string sandbox;
  std::string logs;
  std::string metadata;
};
TaskFiles files_of(const LocalTask& task);
// Each takes the lock of the task meanwhile. FailedPrecondition: it is not over, or the sandbox is no folder
// of its own.
Status erase_data(const LocalTask& task);  // the sandbox without the logs
Status erase_logs(const LocalTask& task);
Status erase_metadata(const LocalTask& task);  // also the folders around the sandbox, if it is empty

// What a start that failed has left, if no runner was ever there.
void delete_unborn(const WorkFolder& work, const core::TaskId& task_id);

enum class KillHow {
  Ask,    // a live runner ends its task with its own escalation (60 s)
  Force,  // SIGKILL to the runner and to all that it left, at once
};
// Returns when the task is over and nothing of it runs any more; a task without a runner is always ended as
// by Force. `goes_on` is asked now and then while it waits. DeadlineExceeded: the task lives; the message
// says what to do.
Status kill_local_task(const LocalTask& task, KillHow how, const std::function<bool()>& goes_on);

}  // namespace aurora::executor

#include <memory>
#include <utility>

#include "aurora/executor/local_tasks.h"
#include "aurora/os/beneath.h"
#include "aurora/os/project_quota.h"
#include "aurora/os/tree.h"
#include "executor/checkpoint_lock.h"

namespace aurora::executor {
namespace {

const std::function<bool()> kGoesOn = [] { return true; };
constexpr const char* kLogs = ".logs";

std::string folder_of_runs(const TaskPaths& paths) {
  const std::string runs = paths.run.substr(0, paths.run.rfind('/'));
  return runs.substr(0, runs.rfind('/'));
}

bool is_over(const core::RunHistory& history) { return history.state() && is_terminal(*history.state()); }

// Held while something is deleted. A checkpoint that is gone has no runner that could come.
using Held = std::unique_ptr<CheckpointLock>;
Result<Held> hold(const LocalTask& task) {
  Result<CheckpointLock> lock = CheckpointLock::take(task.paths().checkpoint);
  if (!lock.ok() && lock.error().code == ErrorCode::NotFound) return Held();
  if (!lock.ok()) return lock.error();
  if (!is_over(TRY(lock->read())))
    return Error{ErrorCode::FailedPrecondition, task.task_id.value() + " is not over: kill it first"};
  return std::make_unique<CheckpointLock>(std::move(lock).value());
}

Error not_own(const LocalTask& task) {
  const Result<RunnerPlan> plan = read_plan(task.paths().plan);
  return Error{ErrorCode::FailedPrecondition, "the sandbox of " + task.task_id.value() +
                                                  (plan.ok() ? ", " + plan->sandbox + ", is" : " is") +
                                                  " not in the task's own folder, and is left alone"};
}

// The sandbox of a task that is over, moved to where its role cannot put a link into the way, and back at the
// end if it is still there.
class TakenSandbox {
 public:
  static Result<TakenSandbox> take(const TaskPaths& paths) {
    TakenSandbox taken(paths.folder + "/sandbox.taken", paths.sandbox);
    if (os::exists(taken.path_)) return taken;  // somebody was interrupted here
    const Status moved = os::rename_file(paths.sandbox, taken.path_);
    if (!moved.ok() && moved.error().code != ErrorCode::NotFound) return moved.error();
    const Result<os::Fd> folder = os::open_beneath(taken.path_, "");  // not through a link
    if (moved.ok() && !folder.ok()) os::remove_file(taken.path_);
    return taken;
  }
  TakenSandbox(TakenSandbox&& other) noexcept
      : path_(std::exchange(other.path_, "")), home_(std::move(other.home_)) {}
  ~TakenSandbox() {
    if (!path_.empty() && os::exists(path_)) static_cast<void>(os::rename_file(path_, home_));
  }
  const std::string& path() const { return path_; }

 private:
  TakenSandbox(std::string path, std::string home) : path_(std::move(path)), home_(std::move(home)) {}
  std::string path_;
  std::string home_;
};

}  // namespace

bool belongs_to_executor(const WorkFolder& work) { return os::exists(work.state + "/journal"); }

TaskFiles files_of(const LocalTask& task) {
  const TaskPaths paths = task.paths();
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  TaskFiles files{"", "", paths.folder};
  if (plan.ok() && plan->sandbox != paths.sandbox) return files;
  files.sandbox = paths.sandbox;
  files.logs = paths.sandbox + "/" + kLogs;
  return files;
}

Status erase_data(const LocalTask& task) {
  const Held held = TRY(hold(task));
  if (files_of(task).sandbox.empty()) return not_own(task);
  const TakenSandbox sandbox = TRY(TakenSandbox::take(task.paths()));
  const std::string kept = task.paths().folder + "/logs.kept";
  const bool has_logs = os::rename_file(sandbox.path() + "/" + kLogs, kept).ok();
  os::unlimit_folder(sandbox.path());
  TRY(os::delete_tree(sandbox.path(), kGoesOn));
  if (!has_logs) return Unit{};
  TRY(os::make_folders(sandbox.path(), 0700));
  TRY(os::rename_file(kept, sandbox.path() + "/" + kLogs));
  const Result<RunnerPlan> plan = read_plan(task.paths().plan);
  if (!plan.ok() || !plan->switches_user) return Unit{};
  return os::give_to(sandbox.path(), plan->user.uid, plan->user.gid);
}

Status erase_logs(const LocalTask& task) {
  const Held held = TRY(hold(task));
  if (files_of(task).logs.empty()) return not_own(task);
  const TakenSandbox sandbox = TRY(TakenSandbox::take(task.paths()));
  TRY(os::delete_tree(sandbox.path() + "/" + kLogs, kGoesOn));
  for (const char* stream : {"/stdout", "/stderr"}) os::remove_file(task.paths().run + stream);
  return Unit{};
}

Status erase_metadata(const LocalTask& task) {
  const Held held = TRY(hold(task));
  const TaskPaths paths = task.paths();
  os::unlimit_folder(paths.sandbox);
  if (os::list_names(paths.sandbox).empty()) TRY(os::delete_tree(folder_of_runs(paths), kGoesOn));
  return os::delete_tree(paths.folder, kGoesOn);
}

void delete_unborn(const WorkFolder& work, const core::TaskId& task_id) {
  const Result<CheckpointLock> lock = CheckpointLock::take(work.paths_of(task_id).checkpoint);
  if (!lock.ok() && lock.error().code != ErrorCode::NotFound) return;
  if (lock.ok() && os::size_of(lock->file()) != 0) return;
  static_cast<void>(delete_task_files(work, task_id, kGoesOn));
}

}  // namespace aurora::executor

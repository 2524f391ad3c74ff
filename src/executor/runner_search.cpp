#include "executor/runner_search.h"

#include <algorithm>

#include "aurora/os/beneath.h"
#include "aurora/os/processes.h"

namespace aurora::executor {
namespace {

// Absent: it shows no runner's command line.
std::optional<core::TaskId> task_shown_by(const WorkFolder& work, int pid) {
  const Result<std::string> command = os::read_file("/proc/" + std::to_string(pid) + "/cmdline");
  const std::string words = std::string("aurora") + '\0' + "runner" + '\0' + work.state + "/tasks/";
  if (!command.ok() || !command->starts_with(words)) return std::nullopt;
  const std::string id = command->substr(words.size(), command->find('\0', words.size()) - words.size());
  if (id.empty() || id.find('/') != std::string::npos) return std::nullopt;
  return core::TaskId(id);
}

// Absent: it is no runner of this executor's.
std::optional<core::TaskId> task_of_runner(const WorkFolder& work, int pid) {
  return os::has_our_user(pid) ? task_shown_by(work, pid) : std::nullopt;
}

// What it holds a lock of is its checkpoint, wherever that is now.
std::optional<os::Fd> open_checkpoint_of(int pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  for (const std::string& fd : os::list_names(process + "/fd")) {
    const Result<std::string> info = os::read_file(process + "/fdinfo/" + fd, 4096);
    if (!info.ok() || info->find("FLOCK") == std::string::npos) continue;
    Result<os::Fd> file = os::open_existing(process + "/fd/" + fd);
    if (file.ok()) return std::move(*file);
  }
  return std::nullopt;
}

// Also what a runner has just copied itself for, to write logs or to become a process of its task, has its
// command line.
bool is_child_of_runner(const WorkFolder& work, int pid, const core::TaskId& task_id) {
  const auto info = os::find_process(pid);
  return info && task_of_runner(work, info->parent) == task_id;
}

struct FoundRunner {
  core::TaskId task_id;
  os::Fd process;
  os::Fd checkpoint;
};
std::optional<FoundRunner> find_runner_at(const WorkFolder& work, int pid) {
  const std::optional<core::TaskId> task_id = task_of_runner(work, pid);
  if (!task_id || is_child_of_runner(work, pid, *task_id)) return std::nullopt;
  Result<os::Fd> process = os::open_process(pid);
  std::optional<os::Fd> checkpoint = open_checkpoint_of(pid);
  if (!process.ok() || !checkpoint) return std::nullopt;
  return FoundRunner{*task_id, std::move(*process), std::move(*checkpoint)};
}

}  // namespace

std::optional<int> find_runner(const WorkFolder& work, const core::TaskId& task_id) {
  const Result<std::string> bytes = os::read_file(work.paths_of(task_id).checkpoint);
  if (!bytes.ok() || bytes->empty()) return std::nullopt;
  for (const core::RunStateRecord& state : parse_history(*bytes).states) {
    if (state.runner_pid > 0) return state.runner_pid;
  }
  for (const int pid : os::list_processes()) {
    const std::optional<FoundRunner> runner = find_runner_at(work, pid);
    if (runner && runner->task_id == task_id) return pid;
  }
  return std::nullopt;
}

bool is_runner(const WorkFolder& work, int pid, const core::TaskId& task_id) {
  return task_shown_by(work, pid) == task_id;
}

std::map<core::TaskId, UntiedRunner> find_untied_runners(const WorkFolder& work) {
  std::map<core::TaskId, UntiedRunner> found;
  for (const int pid : os::list_processes()) {
    std::optional<FoundRunner> runner = find_runner_at(work, pid);
    if (!runner || os::is_at(runner->checkpoint, work.paths_of(runner->task_id).checkpoint)) continue;
    found.emplace(runner->task_id, UntiedRunner{std::move(runner->process), std::move(runner->checkpoint)});
  }
  return found;
}

Status tie_again(const WorkFolder& work, const core::TaskId& task_id, const os::Fd& checkpoint) {
  const TaskPaths paths = work.paths_of(task_id);
  const auto size = static_cast<size_t>(std::max<int64_t>(0, os::size_of(checkpoint)));
  const std::string bytes = TRY(os::read_at(checkpoint, 0, size));
  TRY(os::make_folders(paths.folder, 0700));
  TRY(os::write_file(paths.checkpoint + ".new", bytes, 0600));
  return os::replace_file(paths.checkpoint + ".new", paths.checkpoint);
}

}  // namespace aurora::executor

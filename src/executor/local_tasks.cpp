#include "aurora/executor/local_tasks.h"

#include <algorithm>
#include <set>

#include "aurora/core/process/find_end_reason.h"
#include "aurora/os/beneath.h"
#include "executor/disk_limit.h"

namespace aurora::executor {
namespace {

constexpr size_t kTasksMax = 100'000;  // of one folder
constexpr const char* kSlaves = "/slaves/";

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Below which root and for which agent the sandboxes are is in their paths, which the plans hold.
WorkFolder work_folder_of(const std::string& state, const std::vector<std::string>& tasks) {
  for (const std::string& task : tasks) {
    const Result<RunnerPlan> plan = read_plan(state + "/tasks/" + task + "/plan");
    const size_t slaves = plan.ok() ? plan->sandbox.find(kSlaves) : std::string::npos;
    if (slaves == std::string::npos) continue;
    const size_t agent = slaves + std::string_view(kSlaves).size();
    return {plan->sandbox.substr(0, slaves), state,
            plan->sandbox.substr(agent, plan->sandbox.find('/', agent) - agent)};
  }
  return {parent_of(state), state, kLocalAgent};
}

LocalTask read_task(const WorkFolder& work, const std::string& name) {
  LocalTask task{work, core::TaskId(name), {}, {}, {}};
  const TaskPaths paths = task.paths();
  if (const Result<core::RunHistory> history = read_history(paths.checkpoint); history.ok())
    task.history = *history;
  const std::string checkpoint = paths.checkpoint.substr(paths.folder.size() + 1);
  const Result<os::Fd> file = os::open_beneath(paths.folder, os::exists(paths.checkpoint) ? checkpoint : "");
  const Result<os::FileInfo> info = file.ok() ? os::describe(*file) : Result<os::FileInfo>(file.error());
  if (info.ok()) {
    task.changed_at = info->modified;
    task.owner = info->owner;
  }
  return task;
}

class Search {
 public:
  // A folder that may be somebody's state folder.
  void look_at(const std::string& state) {
    if (!seen_.insert(state).second) return;
    const Result<os::Fd> folder = os::open_beneath(state, "tasks");
    if (!folder.ok()) {
      if (folder.error().code == ErrorCode::PermissionDenied) found_.unreadable.push_back(state);
      return;
    }
    const Result<os::FolderPage> page = os::list_folder(*folder, 0, kTasksMax);
    if (!page.ok()) return;
    std::vector<std::string> names;
    for (const os::FileInfo& entry : page->entries) {
      if (entry.is_folder) names.push_back(entry.name);
    }
    const WorkFolder work = work_folder_of(state, names);
    for (const std::string& name : names) found_.tasks.push_back(read_task(work, name));
  }

  // A folder in which somebody may have a state folder.
  void look_in(const std::string& root) {
    look_at(root + "/executor");
    for (const std::string& name : sorted_names(root + "/executors")) look_at(root + "/executors/" + name);
  }

  static std::vector<std::string> sorted_names(const std::string& folder) {
    std::vector<std::string> names = os::list_names(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  LocalTasks take() { return std::move(found_); }

 private:
  std::set<std::string> seen_;
  LocalTasks found_;
};

}  // namespace

WorkFolder local_work_folder(const std::string& root) { return {root, root + "/executor", kLocalAgent}; }

std::string end_sentence_of(const LocalTask& task) {
  if (task.is_active()) return "";
  const TaskPaths paths = task.paths();
  if (std::string disk = recall_disk_limit(paths.folder); !disk.empty()) return disk;
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  core::RunnerEnd end;
  end.last_state = task.history.state();
  if (task.history.runner_end) end = *task.history.runner_end;
  const auto reason = core::find_end_reason(plan.ok() ? plan->plan : core::TaskPlan{}, task.history, end);
  return reason ? to_sentence(*reason) : "";
}

LocalTasks find_local_tasks(const std::vector<std::string>& roots) {
  Search search;
  for (const std::string& root : roots) {
    if (os::exists(root + "/tasks")) search.look_at(root);
    search.look_in(root);
    for (const std::string& name : Search::sorted_names(root)) search.look_in(root + "/" + name);
  }
  return search.take();
}

}  // namespace aurora::executor

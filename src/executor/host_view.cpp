#include "aurora/executor/host_view.h"

#include <algorithm>

#include "executor/log_index.h"

namespace aurora::executor {
namespace {

using core::HostTask;
using core::RunState;
using core::TaskId;

RunState state_of(core::TaskStatus status) {
  switch (status) {
    case core::TaskStatus::Finished:
      return RunState::Success;
    case core::TaskStatus::Failed:
      return RunState::Failed;
    case core::TaskStatus::Killed:
      return RunState::Killed;
    case core::TaskStatus::Lost:
      return RunState::Lost;
    case core::TaskStatus::Pending:
    case core::TaskStatus::Starting:
    case core::TaskStatus::Running:
    case core::TaskStatus::Killing:
    case core::TaskStatus::Assigned:
    case core::TaskStatus::Init:
    case core::TaskStatus::Restarting:
    case core::TaskStatus::Preempting:
    case core::TaskStatus::Throttled:
    case core::TaskStatus::Draining:
    case core::TaskStatus::Partitioned:
    case core::TaskStatus::Deleted:
      return RunState::Active;
  }
  return RunState::Active;
}

bool matches(const HostTask& task, TaskFilter filter) {
  if (task.summary.job.role.empty()) return false;  // killed before it was launched: nothing to show
  switch (filter) {
    case TaskFilter::All:
      return true;
    case TaskFilter::Active:
      return !is_terminal(task.status);
    case TaskFilter::Finished:
      return is_terminal(task.status);
  }
  return false;
}

bool is_running(const core::ProcessRun& run) {
  return run.state == core::ProcessState::Forked || run.state == core::ProcessState::Running;
}

std::string log_in_sandbox(const std::string& process, int32_t run, const std::string& stream) {
  return ".logs/" + process + "/" + std::to_string(run) + "/" + stream;
}

Error unknown(const TaskId& task_id) {
  return Error{ErrorCode::NotFound, "Unknown task_id: " + task_id.value()};
}

}  // namespace

HostView::HostView(const HostLoop& loop, const HealthRecords& health, WorkFolder work, const Clock& clock)
    : loop_(loop), health_(health), work_(std::move(work)), sampler_(clock), disk_(clock) {}

Result<HostTask> HostView::get_host_task(const TaskId& task_id) const {
  std::optional<HostTask> task = loop_.query([&](const core::HostTasks& tasks) -> std::optional<HostTask> {
    const HostTask* found = tasks.find(task_id);
    if (found == nullptr) return std::nullopt;
    return *found;
  });
  if (!task || task->summary.job.role.empty()) return unknown(task_id);
  return std::move(*task);
}

HostView::Page HostView::list_tasks(TaskFilter filter, size_t offset, size_t limit) {
  struct Entry {
    Instant at;
    TaskId id;
  };
  std::vector<std::pair<TaskId, HostTask>> selected;
  Page page;
  loop_.query([&](const core::HostTasks& tasks) {
    std::vector<Entry> entries;
    for (const auto& [task_id, task] : tasks.tasks()) {
      if (matches(task, filter)) entries.push_back({task.accepted_at, task_id});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.at > b.at; });
    page.total = entries.size();
    const size_t last = std::min(entries.size(), offset + limit);
    for (size_t i = offset; i < last; ++i) selected.emplace_back(entries[i].id, *tasks.find(entries[i].id));
    return true;
  });
  for (const auto& [task_id, task] : selected) page.tasks.push_back(summarize(task_id, task));
  return page;
}

TaskSummaryView HostView::summarize(const TaskId& task_id, const HostTask& task) {
  TaskSummaryView view{task_id, task, state_of(task.status), task.status_at, task.summary.job.role, {}, 0};
  const TaskPaths paths = work_.paths_of(task_id);
  const Result<core::RunHistory> history = read_history(paths.checkpoint);
  if (history.ok() && history->state()) {
    if (!is_terminal(task.status)) view.state = *history->state();
    view.state_at = history->states.back().at;
  }
  if (const Result<RunnerPlan> plan = read_plan(paths.plan); plan.ok()) view.user = plan->user.name;
  if (is_terminal(task.status) || !history.ok()) return view;
  for (const auto& runs : history->processes) {
    if (runs.empty() || !is_running(runs.back()) || !runs.back().fork_time) continue;
    view.usage = view.usage + sampler_.sample(runs.back().pid, *runs.back().fork_time);
  }
  view.disk_bytes = disk_.bytes_of(task_id, paths.sandbox);
  return view;
}

Result<std::map<std::string, std::vector<UsagePoint>>> HostView::list_usage(const TaskId& task_id) const {
  TRY(get_host_task(task_id));
  return usage_history_.list(task_id);
}

Result<std::vector<LiveProcess>> HostView::list_live(const TaskId& task_id) const {
  const HostTask task = TRY(get_host_task(task_id));
  if (is_terminal(task.status)) return std::vector<LiveProcess>();
  const TaskPaths paths = work_.paths_of(task_id);
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  const Result<core::RunHistory> history = read_history(paths.checkpoint);
  if (!plan.ok() || !history.ok()) return std::vector<LiveProcess>();  // it is being made
  return list_live_processes(*plan, *history);
}

ProcessRunView HostView::view_run(const RunnerPlan& plan, const core::RunHistory& history, uint32_t process,
                                  size_t run) {
  const core::ProcessPlan& planned = plan.plan.processes[process];
  const core::ProcessRun& record = history.processes[process][run];
  ProcessRunView view{planned.name,
                      planned.cmdline,
                      static_cast<int32_t>(run),
                      static_cast<int32_t>(history.processes[process].size()),
                      record,
                      std::nullopt};
  const bool is_live =
      is_running(record) && record.fork_time && !is_terminal(history.state().value_or(RunState::Lost));
  if (is_live) view.usage = sampler_.sample(record.pid, *record.fork_time);
  return view;
}

Result<std::string> HostView::read_launched(const TaskId& task_id) const {
  TRY(get_host_task(task_id));
  const TaskPaths paths = work_.paths_of(task_id);
  for (const std::string& path : {paths.preparing, paths.launched}) {
    if (Result<std::string> task = os::read_file(path); task.ok()) return task;
  }
  return Error{ErrorCode::NotFound,
               "What " + task_id.value() + " was launched with is not kept on this host"};
}

Result<std::optional<HealthRecord>> HostView::find_health(const TaskId& task_id) const {
  TRY(get_host_task(task_id));
  return health_.find(task_id);
}

Result<TaskView> HostView::get_task(const TaskId& task_id) {
  const HostTask task = TRY(get_host_task(task_id));
  const TaskPaths paths = work_.paths_of(task_id);
  TaskView view{summarize(task_id, task), paths.sandbox, "{}", {}, {}};
  if (Result<std::string> json = read_task_json(paths.plan); json.ok()) view.task_json = std::move(*json);
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  const Result<core::RunHistory> history = read_history(paths.checkpoint);
  if (history.ok()) view.statuses = history->states;
  if (view.statuses.empty()) view.statuses.push_back({view.summary.state, task.status_at, 0});
  if (!plan.ok() || !history.ok()) return view;
  const size_t known = std::min(history->processes.size(), plan->plan.processes.size());
  for (uint32_t i = 0; i < known; ++i) {
    const size_t runs = history->processes[i].size();
    if (runs > 0) view.processes.push_back(view_run(*plan, *history, i, runs - 1));
  }
  std::stable_sort(view.processes.begin(), view.processes.end(),
                   [](const ProcessRunView& a, const ProcessRunView& b) {
                     return a.record.start_time.value_or(Instant{INT64_MAX}) <
                            b.record.start_time.value_or(Instant{INT64_MAX});
                   });
  return view;
}

Result<std::vector<ProcessRunView>> HostView::list_runs(const TaskId& task_id, const std::string& process) {
  TRY(get_host_task(task_id));
  const Error no_such{ErrorCode::NotFound,
                      "Invalid task/process combination: " + task_id.value() + "/" + process};
  const TaskPaths paths = work_.paths_of(task_id);
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  const Result<core::RunHistory> history = read_history(paths.checkpoint);
  if (!plan.ok() || !history.ok()) return no_such;
  for (uint32_t i = 0; i < plan->plan.processes.size(); ++i) {
    if (plan->plan.processes[i].name != process) continue;
    std::vector<ProcessRunView> views;
    const size_t runs = i < history->processes.size() ? history->processes[i].size() : 0;
    for (size_t run = 0; run < runs; ++run) views.push_back(view_run(*plan, *history, i, run));
    return views;
  }
  return no_such;
}

// One whose sandbox is there.
Result<HostTask> HostView::get_kept_task(const TaskId& task_id) const {
  HostTask task = TRY(get_host_task(task_id));
  if (!task.collected_at) return task;
  return Error{ErrorCode::NotFound, "The sandbox of " + task_id.value() + " was deleted at " +
                                        to_iso8601(*task.collected_at) + ", after its task had ended"};
}

// The role owns the folder above its sandbox: it could have exchanged the sandbox for a link, which
// open_beneath() refuses.
Result<SandboxFile> HostView::open_file(const TaskId& task_id, const std::string& path) const {
  TRY(get_kept_task(task_id));
  const TaskPaths paths = work_.paths_of(task_id);
  return SandboxFile::from(TRY(os::open_beneath(paths.sandbox, path)));
}

Result<SandboxFile> HostView::open_log(const TaskId& task_id, const std::string& process, int32_t run,
                                       const std::string& stream) const {
  if (stream != "stdout" && stream != "stderr")
    return Error{ErrorCode::NotFound, "No such log type: " + stream};
  if (process.find('/') != std::string::npos)
    return Error{ErrorCode::NotFound, "No such process: " + process};
  Result<SandboxFile> file = open_file(task_id, log_in_sandbox(process, run, stream));
  if (file.ok() || file.error().code != ErrorCode::NotFound) return file;
  Result<SandboxFile> deleted = open_deleted_log(task_id, process, run, stream);
  return deleted.ok() ? std::move(deleted) : std::move(file);
}

// `read` is not called for a task that has not begun.
template <typename Logs>
Result<Logs> HostView::read_kept_logs(const TaskId& task_id, LogMemory& memory,
                                      const std::function<Result<Logs>(const TaskLogs&, const FindDeletedLog&)>& read) const {
  TRY(get_kept_task(task_id));
  const TaskPaths paths = work_.paths_of(task_id);
  const Result<RunnerPlan> plan = read_plan(paths.plan);
  const Result<core::RunHistory> history = read_history(paths.checkpoint);
  if (!plan.ok() || !history.ok()) return Logs{};
  const auto find_deleted = [&](const std::string& process, int32_t run, LogStream stream) {
    return open_deleted_log(task_id, process, run, name_of(stream));
  };
  const LogIndex& index = memory.index().refresh(paths.log_times);
  return read({paths.sandbox, index, plan->plan, *history}, find_deleted);
}

Result<LogPage> HostView::read_logs(const TaskId& task_id, const LogQuery& query, Instant now,
                                    LogMemory& memory) const {
  return read_kept_logs<LogPage>(task_id, memory, [&](const TaskLogs& logs, const FindDeletedLog& find_deleted) {
    return executor::read_logs(logs, query, now, find_deleted);
  });
}

Result<LogProgress> HostView::read_log_blocks(const TaskId& task_id, const LogQuery& query, Instant now, size_t bytes_max,
                                              const TakeLogBlock& take) const {
  LogMemory memory;
  return read_kept_logs<LogProgress>(task_id, memory, [&](const TaskLogs& logs, const FindDeletedLog& find_deleted) {
    return executor::read_log_blocks(logs, query, now, find_deleted, bytes_max, take);
  });
}

Result<bool> HostView::has_ended(const TaskId& task_id) const {
  return is_terminal(TRY(get_host_task(task_id)).status);
}

Result<SandboxFile> HostView::open_deleted_log(const TaskId& task_id, const std::string& process, int32_t run,
                                               const std::string& stream) const {
  const TaskPaths paths = work_.paths_of(task_id);
  const RunnerPlan plan = TRY(read_plan(paths.plan));
  const core::RunHistory history = TRY(read_history(paths.checkpoint));
  const size_t known = std::min(history.processes.size(), plan.plan.processes.size());
  for (size_t i = 0; i < known; ++i) {
    const auto& runs = history.processes[i];
    if (plan.plan.processes[i].name != process || run < 0 || static_cast<size_t>(run) >= runs.size())
      continue;
    const core::ProcessRun& record = runs[static_cast<size_t>(run)];
    if (!is_running(record)) continue;
    return SandboxFile::from(TRY(os::open_deleted(record.pid, stream == "stdout" ? 1 : 2,
                                                  "/sandbox/" + log_in_sandbox(process, run, stream))));
  }
  return Error{ErrorCode::NotFound, process + " does not run"};
}

}  // namespace aurora::executor

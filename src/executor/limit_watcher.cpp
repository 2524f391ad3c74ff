#include "aurora/executor/limit_watcher.h"

#include <algorithm>

#include "aurora/core/process/runner_outcome.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/machine.h"
#include "aurora/executor/limits_reached.h"

namespace aurora::executor {
namespace {

constexpr Duration kLook = seconds(2);      // for tasks that came and went, and at the disk
constexpr Duration kMeasure = seconds(10);  // what they use
constexpr Duration kKept = hours(1);        // what they used
constexpr Duration kDiskCalm = minutes(1);  // between counts of a sandbox while the disk does not fill
constexpr Duration kDiskFilling = seconds(5);
constexpr int64_t kFillingBytes = 16 << 20;  // between two looks: somebody may be on his way over his limit
constexpr int64_t kMegabyte = 1 << 20;

}  // namespace

struct LimitWatcher::Task {
  struct Process {
    std::string name;
    int pid = 0;
    Instant started;
  };
  RunnerPlan plan;
  std::string checkpoint;
  int64_t disk_limit_bytes = 0;
  int64_t disk_bytes = 0;
  os::CgroupFiles files;  // of its groups
  std::optional<os::OomWatch> oom;
  uint64_t key = 0;
  bool is_ended = false;  // over a limit, and told
  os::FileStamp stamp;    // of the checkpoint, when it was read
  std::vector<Process> processes;
  Duration measured_at;
  Duration cpu_time;

  void read_processes();
};

void LimitWatcher::Task::read_processes() {
  const os::FileStamp now = os::stamp_of(checkpoint);
  if (now == stamp) return;
  stamp = now;
  processes.clear();
  const Result<core::RunHistory> history = read_history(checkpoint);
  if (!history.ok()) return;
  const size_t known = std::min(history->processes.size(), plan.plan.processes.size());
  for (size_t i = 0; i < known; ++i) {
    if (history->processes[i].empty()) continue;
    const core::ProcessRun& run = history->processes[i].back();
    if (run.state != core::ProcessState::Running) continue;
    processes.push_back({plan.plan.processes[i].name, run.pid, run.start_time.value_or(Instant{})});
  }
}

LimitWatcher::LimitWatcher(HostLoop& loop, const WorkFolder& work, DiskSampler& disk, UsageHistory& history,
                           const Clock& clock)
    : loop_(loop),
      work_(work),
      disk_(disk),
      history_(history),
      clock_(clock),
      sampler_(clock),
      thread_([this] { run(); }) {}

LimitWatcher::~LimitWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  poller_.wake();
  thread_.join();
}

bool LimitWatcher::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void LimitWatcher::run() {
  Duration next_look{};
  Duration next_measure{};
  while (!is_stopping()) {
    for (const uint64_t key : poller_.wait(std::max(Duration{}, next_look - clock_.monotonic()))) {
      Task& task = tasks_.at(keys_.at(key));
      const bool is_there = task.oom->acknowledge();  // before the look, so that no news is missed
      if (auto reached = find_memory_limit_reached(task.plan)) end(keys_.at(key), task, std::move(*reached));
      if (is_there) continue;
      poller_.remove(task.oom->event);  // somebody removed the group of a task that runs
      task.oom.reset();
    }
    const Duration now = clock_.monotonic();
    if (now < next_look) continue;
    next_look = now + kLook;
    look_for_tasks();
    look_at_disks();
    if (now < next_measure) continue;
    next_measure = now + kMeasure;
    measure_all();
    history_.forget_before(clock_.now() - kKept);
  }
}

// Those that run are watched; those that are over are forgotten. A plan is read once.
void LimitWatcher::look_for_tasks() {
  std::map<core::TaskId, int64_t> active;  // with their limit of disk
  loop_.query([&](const core::HostTasks& tasks) {
    for (const core::TaskId& task_id : tasks.list_active())
      active.emplace(task_id, tasks.tasks().at(task_id).summary.disk_mb);
  });
  std::erase_if(tasks_, [&](auto& entry) {
    if (active.contains(entry.first)) return false;
    if (entry.second.oom) poller_.remove(entry.second.oom->event);
    keys_.erase(entry.second.key);
    return true;
  });
  for (const auto& [task_id, disk_mb] : active) {
    if (tasks_.contains(task_id)) continue;
    const TaskPaths paths = work_.paths_of(task_id);
    Result<RunnerPlan> plan = read_plan(paths.plan);
    if (!plan.ok()) continue;  // it is being made
    Task& task = tasks_[task_id];
    task.plan = std::move(*plan);
    task.checkpoint = paths.checkpoint;
    task.disk_limit_bytes = disk_mb * kMegabyte;
    task.key = ++last_key_;
    keys_[task.key] = task_id;
    task.files = os::find_cgroup_files(task.plan.confinement.cgroups);
    task.oom = os::watch_oom(task.plan.confinement.cgroups);
    if (task.oom && !watch(*task.oom, task.key)) task.oom.reset();
    // What happened before it was watched.
    if (auto reached = find_memory_limit_reached(task.plan)) end(task_id, task, std::move(*reached));
  }
}

bool LimitWatcher::watch(const os::OomWatch& oom, uint64_t key) {
  return (oom.is_priority ? poller_.add_priority(oom.event, key) : poller_.add(oom.event, key)).ok();
}

void LimitWatcher::end(const core::TaskId& task_id, Task& task, core::RunnerOutcome outcome) {
  if (!std::exchange(task.is_ended, true)) loop_.submit(core::EndRequested{task_id, std::move(outcome)});
}

// While the disk does not fill nobody can be on his way over his limit for long.
void LimitWatcher::look_at_disks() {
  const int64_t free_bytes = os::disk_space(work_.root).free_bytes;
  const Duration fresh = free_bytes_ - free_bytes >= kFillingBytes ? kDiskFilling : kDiskCalm;
  free_bytes_ = free_bytes;
  for (auto& [task_id, task] : tasks_) {
    task.disk_bytes = disk_.bytes_of(task_id, task.plan.sandbox, fresh);
    if (task.disk_limit_bytes > 0 && task.disk_bytes > task.disk_limit_bytes)
      end(task_id, task, core::disk_limit_exceeded(task.disk_limit_bytes, task.disk_bytes));
  }
}

void LimitWatcher::measure_all() {
  for (auto& [task_id, task] : tasks_) {
    if (is_stopping()) return;
    task.read_processes();
    UsagePoint whole{.at = clock_.now(), .disk_bytes = task.disk_bytes};
    for (const Task::Process& process : task.processes) {
      const Usage usage = sampler_.sample(process.pid, process.started);
      history_.add(task_id, process.name, {whole.at, usage.cpus, usage.resident_bytes, 0, usage.threads});
      whole.cpus += usage.cpus;
      whole.memory_bytes += usage.resident_bytes;
      whole.threads += usage.threads;
    }
    if (!task.plan.confinement.cgroups.empty()) use_groups(task, whole);
    history_.add(task_id, "", whole);
  }
}

// What the kernel counted also knows of processes that came and went between two looks.
void LimitWatcher::use_groups(Task& task, UsagePoint& whole) const {
  const os::CgroupUsage usage = os::usage_of_cgroup(task.plan.confinement.cgroups, task.files);
  const Duration now = clock_.monotonic();
  const Duration cpu_time = usage.user_time + usage.system_time;
  const Duration passed = now - task.measured_at;
  if (task.measured_at > Duration{} && passed > Duration{})
    whole.cpus = static_cast<double>((cpu_time - task.cpu_time).ms) / static_cast<double>(passed.ms);
  task.measured_at = now;
  task.cpu_time = cpu_time;
  if (usage.resident_bytes > 0) whole.memory_bytes = usage.resident_bytes;
  if (usage.pids > 0) whole.threads = usage.pids;
}

}  // namespace aurora::executor

#include "aurora/executor/log_times.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "aurora/base/log.h"
#include "aurora/os/beneath.h"
#include "executor/watched_task.h"

namespace aurora::executor {
namespace {

using core::TaskId;

constexpr uint64_t kWatchKey = 1;
constexpr Duration kPause = milliseconds(50);  // between two looks: the resolution of the times
constexpr Duration kAfterlife =
    seconds(10);  // of a task that is over: its log writers may have more to write
constexpr Duration kLookAtEverything = seconds(5);  // at the most often
constexpr Duration kNever = hours(1'000'000);
constexpr Duration kMissingFirst =
    milliseconds(50);             // until a folder that is not there yet is looked for again
constexpr int kMissingTries = 8;  // each after twice the time: 13 s in all

}  // namespace

// What the thread has.
class LogTimes::Watcher {
 public:
  Watcher(LogTimes& owner, WorkFolder work, const Clock& clock, os::FileWatch watch)
      : owner_(owner), work_(std::move(work)), clock_(clock), watch_(std::move(watch)) {}

  void run() {
    if (!owner_.poller_.add(watch_.fd(), kWatchKey).ok() || !watch_all()) return;
    do {
      owner_.poller_.wait(time_to_wait());
      take_changes();
      look_at_due();
      look_at_active();
      tell_news();
    } while (owner_.pause(kPause));
  }

 private:
  struct Task {
    WatchedTask seen;
    int folder_watch = -1;      // until its checkpoint is there
    int checkpoint_watch = -1;  // then
    Duration due = kNever;
    int tries = 0;
  };

  // Whoever is told finds it on disk.
  void tell_news() {
    for (const TaskId& task_id : news_) {
      tasks_.at(task_id).seen.save();
      owner_.note_change(task_id);
    }
    news_.clear();
  }

  // The folder first: a task that comes meanwhile is found twice rather than never.
  bool watch_all() {
    const std::string folder = work_.state + "/tasks";
    const Result<os::Fd> opened = os::open_beneath(work_.state, "tasks");
    const Result<int> added =
        opened.ok() ? watch_.add(*opened, os::FileWatch::Tell::Always) : Result<int>(opened.error());
    if (!added.ok()) {
      log_warning("executor", "lines of logs will have no times: " + added.error().message);
      return false;
    }
    tasks_watch_ = *added;
    find_tasks();
    return true;
  }

  void find_tasks() {
    for (const std::string& name : os::list_names(work_.state + "/tasks")) add_task(TaskId(name));
  }

  void add_task(const TaskId& task_id) {
    if (tasks_.contains(task_id)) return;
    const auto [task, is_new] = tasks_.emplace(task_id, Task{.seen = WatchedTask(work_, task_id)});
    task->second.folder_watch = watch(task->second.seen.paths().folder, task_id);
    find_checkpoint(task);
  }

  using TaskPlace = std::map<TaskId, Task>::iterator;
  using Owner = std::map<int, TaskId>::iterator;

  int watch(const std::string& path, const TaskId& task_id) {
    const size_t slash = path.rfind('/');
    const Result<os::Fd> opened = os::open_beneath(path.substr(0, slash), path.substr(slash + 1));
    if (!opened.ok()) return -1;
    const Result<int> added = watch_.add(*opened, os::FileWatch::Tell::Always);
    if (!added.ok()) {
      if (!std::exchange(has_warned_, true))
        log_warning("executor", "lines of some logs will have no times: " + added.error().message);
      return -1;
    }
    owners_[*added] = task_id;
    return *added;
  }

  void unwatch(int& handle) {
    if (handle < 0) return;
    watch_.remove(handle);
    owners_.erase(std::exchange(handle, -1));
  }

  void find_checkpoint(TaskPlace task) {
    task->second.checkpoint_watch = watch(task->second.seen.paths().checkpoint, task->first);
    if (task->second.checkpoint_watch < 0) {
      if (task->second.folder_watch < 0) drop(task);  // deleted at once
      return;
    }
    unwatch(task->second.folder_watch);
    update(task);
  }

  void update(TaskPlace task) {
    WatchedTask& seen = task->second.seen;
    const bool was_over = seen.is_over();
    seen.look_at_all(clock_.now());  // before runs that have ended are left
    seen.update(watch_, clock_.now());
    look_at_all(task);
    if (seen.is_over() && !was_over) {
      if (!seen.has_runs()) return drop(task);
      task->second.due = now() + kAfterlife;
    } else if (seen.has_missing()) {
      look_for_missing_soon(task);
    }
  }

  void take_changes() {
    const os::FileWatch::Changes changes = watch_.take();
    if (changes.has_lost) has_lost_ = true;
    if (has_lost_ && now() >= next_look_at_everything_) look_at_everything();
    for (const auto& [handle, name] : changes.made) {
      if (handle == tasks_watch_) add_task(TaskId(name));
    }
    for (const int handle : changes.touched) take_change(handle);
    for (const int handle : changes.gone) take_end(handle);
  }

  // Not there any more: what its watch has told before it was taken away.
  TaskPlace find_owner(Owner owner) {
    const TaskPlace task = tasks_.find(owner->second);
    if (task == tasks_.end()) owners_.erase(owner);
    return task;
  }

  void take_change(int handle) {
    const auto owner = owners_.find(handle);
    if (owner == owners_.end()) return;
    const TaskPlace task = find_owner(owner);
    if (task == tasks_.end()) return;
    if (handle == task->second.folder_watch) return find_checkpoint(task);
    if (handle == task->second.checkpoint_watch) return update(task);
    end_watch(task, owner);
  }

  void end_watch(TaskPlace task, Owner owner) {
    task->second.seen.end_watch(owner->first);
    active_.insert(task->first);
    owners_.erase(owner);
  }

  void look_at_active() {
    for (const TaskId& task_id : std::exchange(active_, {})) {
      const TaskPlace task = tasks_.find(task_id);
      if (task == tasks_.end()) continue;
      WatchedTask& seen = task->second.seen;
      for (const int handle : seen.look_at_active(watch_, clock_.now())) owners_[handle] = task_id;
      note(task);
      if (seen.has_missing() && task->second.due == kNever) look_for_missing_soon(task);
    }
  }

  void look_for_missing_soon(TaskPlace task) {
    task->second.tries = 0;
    task->second.due = now() + kMissingFirst;
  }

  // The collector has deleted the task, or somebody the folder of a log.
  void take_end(int handle) {
    const auto owner = owners_.find(handle);
    if (owner == owners_.end()) return;
    const TaskPlace task = find_owner(owner);
    if (task == tasks_.end()) return;
    const bool is_own = handle == task->second.folder_watch || handle == task->second.checkpoint_watch;
    is_own ? drop(task) : end_watch(task, owner);
  }

  // After events were lost. Somebody may write so much all the time.
  void look_at_everything() {
    has_lost_ = false;
    next_look_at_everything_ = now() + kLookAtEverything;
    find_tasks();
    std::vector<TaskId> known;
    for (const auto& [task_id, task] : tasks_) known.push_back(task_id);
    for (const TaskId& task_id : known) {
      const TaskPlace task = tasks_.find(task_id);
      task->second.checkpoint_watch < 0 ? find_checkpoint(task) : update(task);
    }
  }

  void look_at_due() {
    std::vector<TaskId> due;
    for (const auto& [task_id, task] : tasks_) {
      if (task.due <= now()) due.push_back(task_id);
    }
    for (const TaskId& task_id : due) look_again(tasks_.find(task_id));
  }

  void look_again(TaskPlace task) {
    WatchedTask& seen = task->second.seen;
    look_at_all(task);
    if (seen.is_over()) return drop(task);
    seen.find_missing(watch_);
    look_at_all(task);
    task->second.due = kNever;
    if (!seen.has_missing()) return;
    if (++task->second.tries >= kMissingTries) return seen.give_up_missing();
    task->second.due = now() + kMissingFirst * (int64_t{1} << task->second.tries);
  }

  void look_at_all(TaskPlace task) {
    task->second.seen.look_at_all(clock_.now());
    note(task);
  }

  void note(TaskPlace task) {
    if (task->second.seen.has_news()) news_.insert(task->first);
    if (task->second.seen.is_active()) active_.insert(task->first);
  }

  void drop(TaskPlace task) {
    WatchedTask& seen = task->second.seen;
    seen.save();
    for (const auto& [handle, run] : seen.watches()) owners_.erase(handle);
    seen.stop_watching(watch_);
    unwatch(task->second.folder_watch);
    unwatch(task->second.checkpoint_watch);
    owner_.forget(task->first);
    news_.erase(task->first);
    active_.erase(task->first);
    tasks_.erase(task);
  }

  Duration now() const { return SystemClock().monotonic(); }

  Duration time_to_wait() const {
    if (!active_.empty()) return {};
    Duration next = has_lost_ ? next_look_at_everything_ : kNever;
    for (const auto& [task_id, task] : tasks_) next = std::min(next, task.due);
    return std::max(Duration{}, next - now());
  }

  LogTimes& owner_;
  const WorkFolder work_;
  const Clock& clock_;
  os::FileWatch watch_;
  int tasks_watch_ = -1;
  std::map<TaskId, Task> tasks_;
  std::map<int, TaskId> owners_;  // of watches
  std::set<TaskId> active_;       // whose logs grow
  std::set<TaskId> news_;         // whose logs have changed since the last tell_news()
  bool has_lost_ = false;         // events
  Duration next_look_at_everything_;
  bool has_warned_ = false;
};

LogTimes::LogTimes(WorkFolder work, const Clock& clock)
    : first_(static_cast<uint64_t>(clock.now().ms) << 20), thread_([this, work = std::move(work), &clock] {
        Result<os::FileWatch> watch = os::FileWatch::open();
        if (!watch.ok())
          return log_warning("executor", "lines of logs will have no times: " + watch.error().message);
        Watcher(*this, work, clock, std::move(*watch)).run();
      }) {}

LogTimes::~LogTimes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = lets_go_ = true;
    changed_.notify_all();
  }
  poller_.wake();
  thread_.join();
}

uint64_t LogTimes::count(const core::TaskId& task_id) const {
  const auto found = changes_.find(task_id);
  return first_ + (found == changes_.end() ? 0 : found->second);
}

uint64_t LogTimes::changes_of(const core::TaskId& task_id) const {
  const std::lock_guard lock(mutex_);
  return count(task_id);
}

bool LogTimes::wait_for_change(const core::TaskId& task_id, uint64_t seen, Duration max) {
  return wait_for_changes({{task_id, seen}}, max);
}

bool LogTimes::wait_for_changes(const std::map<core::TaskId, uint64_t>& seen, Duration max) {
  const auto has_changed = [this](const auto& one) { return count(one.first) != one.second; };
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(max.ms),
                    [&] { return lets_go_ || std::ranges::any_of(seen, has_changed); });
  return !lets_go_;
}

void LogTimes::let_go() {
  const std::lock_guard lock(mutex_);
  lets_go_ = true;
  changed_.notify_all();
}

void LogTimes::note_change(const core::TaskId& task_id) {
  const std::lock_guard lock(mutex_);
  ++changes_[task_id];
  changed_.notify_all();
}

void LogTimes::forget(const core::TaskId& task_id) {
  const std::lock_guard lock(mutex_);
  changes_.erase(task_id);
  changed_.notify_all();
}

bool LogTimes::pause(Duration time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(time.ms), [&] { return stopping_; });
  return !stopping_;
}

}  // namespace aurora::executor

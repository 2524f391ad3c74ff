#include "executor/watched_task.h"

#include <algorithm>

#include "aurora/os/beneath.h"

namespace aurora::executor {
namespace {

bool has_files(const core::LogPolicy& policy) {
  return policy.destination == core::LogDestination::File || policy.destination == core::LogDestination::Both;
}

// The number of the latest run that has begun; -1: none.
int32_t latest_of(const std::vector<core::ProcessRun>& runs) {
  const bool waits = !runs.empty() && runs.back().state == core::ProcessState::Waiting;
  return static_cast<int32_t>(runs.size()) - (waits ? 2 : 1);
}

// The kernel knows better than we when the last byte came, if it was just now. Else the clock may have been
// set since.
Instant time_of(const os::FileMark& mark, Instant now) {
  constexpr Duration kJustNow = milliseconds(200);
  return mark.modified <= now && now - mark.modified <= kJustNow ? mark.modified : now;
}

LogMark settled(const os::FileMark& mark, Instant now) {
  return {std::min(mark.modified, now), mark.id, mark.bytes};
}

}  // namespace

bool WatchedTask::read_plan_once() {
  if (!processes_.empty()) return true;
  const Result<RunnerPlan> plan = read_plan(paths_.plan);
  if (!plan.ok()) return false;
  for (const core::ProcessPlan& process : plan->plan.processes)
    processes_.push_back({process.name, process.log});
  return true;
}

void WatchedTask::update(os::FileWatch& watch, Instant now) {
  const Result<core::RunHistory> history = read_history(paths_.checkpoint);
  if (!history.ok() || !history->state()) return;
  is_over_ = is_terminal(*history->state()) || history->runner_end;
  if (is_over_ && processes_.empty() && os::exists(paths_.log_times))
    return;  // it was over before this executor began
  if (!read_plan_once()) return;
  const size_t known = std::min(history->processes.size(), processes_.size());
  for (uint32_t process = 0; process < known; ++process) {
    const int32_t latest = latest_of(history->processes[process]);
    if (latest >= 0 && has_files(processes_[process].log)) want({process, latest}, watch, now);
  }
}

void WatchedTask::want(const RunKey& run, os::FileWatch& watch, Instant now) {
  if (runs_.contains(run) || std::ranges::count(missing_, run) > 0) return;
  std::erase_if(missing_, [&](const RunKey& other) {
    if (other.first == run.first) look_once(other, now);
    return other.first == run.first;
  });
  int32_t& next = next_run_[run.first];
  for (; next < run.second; ++next) look_once({run.first, next}, now);
  next = run.second + 1;
  if (!add(run, watch)) missing_.push_back(run);
}

// At a run that has ended before it was watched.
void WatchedTask::look_once(const RunKey& key, Instant now) {
  if (runs_.contains(key)) return;
  Result<os::Fd> folder = open_folder(key);
  if (!folder.ok()) return;
  Run run{.folder = std::move(*folder), .backups = processes_[key.first].log.backups};
  look(run, now);
}

Result<os::Fd> WatchedTask::open_folder(const RunKey& run) const {
  return os::open_beneath(paths_.sandbox,
                          ".logs/" + processes_[run.first].name + "/" + std::to_string(run.second));
}

void WatchedTask::find_missing(os::FileWatch& watch) {
  std::erase_if(missing_, [&](const RunKey& run) { return add(run, watch); });
}

bool WatchedTask::add(const RunKey& run, os::FileWatch& watch) {
  Result<os::Fd> folder = open_folder(run);
  if (!folder.ok()) return false;
  drop_runs_before(run, watch);
  runs_[run] = Run{.folder = std::move(*folder), .backups = processes_[run.first].log.backups};
  active_.insert(run);
  return true;
}

// A new run of a process begins when the one before has ended, and what that wrote was seen.
void WatchedTask::drop_runs_before(const RunKey& run, os::FileWatch& watch) {
  for (auto old = runs_.lower_bound({run.first, 0}); old != runs_.end() && old->first < run;) {
    if (watches_.erase(old->second.watch) > 0) watch.remove(old->second.watch);
    active_.erase(old->first);
    old = runs_.erase(old);
  }
}

std::vector<int> WatchedTask::look_at_active(os::FileWatch& watch, Instant now) {
  std::vector<int> watches;
  std::erase_if(active_, [&](const RunKey& key) {
    Run& run = runs_.at(key);
    if (look(run, now)) return false;
    if (has_vanished(run)) {
      missing_.push_back(key);
      runs_.erase(key);
      return true;
    }
    const Result<int> added = watch.add(run.folder, os::FileWatch::Tell::Once);
    if (!added.ok()) return true;  // nothing more is known of it until something happens to the task
    watches_[run.watch = *added] = key;
    watches.push_back(run.watch);
    look(run, now);  // what has come before the watch was there
    return true;
  });
  return watches;
}

void WatchedTask::end_watch(int handle) {
  const auto found = watches_.find(handle);
  if (found == watches_.end()) return;
  runs_.at(found->second).watch = -1;
  active_.insert(found->second);
  watches_.erase(found);
}

void WatchedTask::look_at_all(Instant now) {
  for (auto& [key, run] : runs_) look(run, now);
}

bool WatchedTask::look(Run& run, Instant now) {
  bool has_changed = false;
  for (Stream& stream : run.streams) has_changed |= look(run, stream, now);
  return has_changed;
}

bool WatchedTask::look(Run& run, Stream& stream, Instant now) {
  const std::optional<os::FileMark> mark = os::find_mark(run.folder, stream.name);
  if (!mark || (stream.last && mark->id == stream.last->id && mark->bytes == stream.last->bytes))
    return false;
  if (!stream.last || stream.last->id != mark->id) look_at_rotated(run, stream, now);
  found_.push_back(stream.last ? LogMark{time_of(*mark, now), mark->id, mark->bytes} : settled(*mark, now));
  stream.last = mark;
  return true;
}

// Others may have come and gone between the file that was seen last, if any was, and the one that has its
// name now.
void WatchedTask::look_at_rotated(Run& run, const Stream& stream, Instant now) {
  for (int32_t number = 1; number <= run.backups; ++number) {
    const auto mark = os::find_mark(run.folder, stream.name + "." + std::to_string(number));
    if (!mark) return;
    found_.push_back(settled(*mark, now));
    if (stream.last && mark->id == stream.last->id) return;
  }
}

// Somebody has deleted its folder: what its process writes may appear in another, which is missing until
// then.
bool WatchedTask::has_vanished(const Run& run) {
  const auto was_seen = [](const Stream& stream) { return stream.last.has_value(); };
  const auto is_there = [&](const Stream& stream) {
    return os::find_mark(run.folder, stream.name).has_value();
  };
  return std::ranges::none_of(run.streams, is_there) && std::ranges::any_of(run.streams, was_seen);
}

void WatchedTask::stop_watching(os::FileWatch& watch) {
  for (const auto& [handle, run] : watches_) watch.remove(handle);
  watches_.clear();
  active_.clear();
  runs_.clear();
  missing_.clear();
}

}  // namespace aurora::executor

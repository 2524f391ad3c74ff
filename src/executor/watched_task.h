// A running task as LogTimes sees it: which runs write logs, and what was last seen of their files. One
// thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aurora/core/process/run_history.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/file_watch.h"
#include "executor/log_index.h"

namespace aurora::executor {

class WatchedTask {
 public:
  using RunKey = std::pair<uint32_t, int32_t>;  // process, run

  WatchedTask(const WorkFolder& work, const core::TaskId& task_id)
      : paths_(work.paths_of(task_id)), marks_(paths_.log_times) {}

  const TaskPaths& paths() const { return paths_; }

  // Reads the checkpoint: the latest run of each process is followed from now on, and no earlier one; those
  // that have begun and ended in the meantime are looked at once.
  void update(os::FileWatch& watch, Instant now);
  bool is_over() const { return is_over_; }
  bool has_runs() const { return !runs_.empty(); }
  // Runs whose folder was not there yet; true if it is worth another try.
  bool has_missing() const { return !missing_.empty(); }
  void find_missing(os::FileWatch& watch);
  void give_up_missing() { missing_.clear(); }

  // A run is active as long as each look finds more than the one before. Then the kernel is asked to tell of
  // the next change, once: a process that writes all the time is not told of each time, which would cost it
  // more than the writing.
  bool is_active() const { return !active_.empty(); }
  // Returns the new watches.
  std::vector<int> look_at_active(os::FileWatch& watch, Instant now);
  void end_watch(int handle);  // it has told, or its folder was deleted: the run is active
  void look_at_all(Instant now);
  bool has_news() const { return !found_.empty(); }  // something has changed since save()
  void save() { marks_.append(std::exchange(found_, {})); }

  const std::map<int, RunKey>& watches() const { return watches_; }
  void stop_watching(os::FileWatch& watch);

 private:
  struct Process {
    std::string name;
    core::LogPolicy log;
  };
  struct Stream {
    std::string name;
    std::optional<os::FileMark> last;
  };
  struct Run {
    os::Fd folder;
    int watch = -1;  // none while it is active
    int32_t backups = 0;
    Stream streams[2] = {{"stdout", std::nullopt}, {"stderr", std::nullopt}};
  };

  bool read_plan_once();
  void want(const RunKey& run, os::FileWatch& watch, Instant now);
  void look_once(const RunKey& run, Instant now);
  Result<os::Fd> open_folder(const RunKey& run) const;
  bool add(const RunKey& run, os::FileWatch& watch);
  void drop_runs_before(const RunKey& run, os::FileWatch& watch);
  bool look(Run& run, Instant now);
  bool look(Run& run, Stream& stream, Instant now);
  static bool has_vanished(const Run& run);
  void look_at_rotated(Run& run, const Stream& stream, Instant now);

  const TaskPaths paths_;
  std::vector<Process> processes_;  // of the plan; empty until it was read
  std::map<RunKey, Run> runs_;
  std::map<int, RunKey> watches_;
  std::set<RunKey> active_;
  std::map<uint32_t, int32_t> next_run_;  // of each process: the first that was not wanted yet
  std::vector<RunKey> missing_;
  std::vector<LogMark> found_;
  LogMarkFile marks_;
  bool is_over_ = false;
};

}  // namespace aurora::executor

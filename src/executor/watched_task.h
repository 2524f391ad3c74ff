// A running task as LogTimes sees it: which runs write logs, and what was last seen of their files. One
// thread.
#pragma once

#include <map>
#include <optional>
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

  // Reads the checkpoint: the latest run of each process is watched from now on, and no earlier one; those
  // that have begun and ended in the meantime are looked at once. Watches are added to and removed from
  // `watch`.
  void update(os::FileWatch& watch, Instant now);
  bool is_over() const { return is_over_; }
  // Runs whose folder was not there yet; true if it is worth another try.
  bool has_missing() const { return !missing_.empty(); }
  void find_missing(os::FileWatch& watch);
  void give_up_missing() { missing_.clear(); }

  void look(const RunKey& run, Instant now);
  void look_at_all(Instant now);
  // If somebody has deleted its folder: what its process writes may appear in another, which is missing until
  // then.
  bool leave_vanished(const RunKey& run, os::FileWatch& watch);
  bool has_news() const { return !found_.empty(); }  // something has changed since save()
  void save() { marks_.append(std::exchange(found_, {})); }

  const std::map<int, RunKey>& watches() const { return watches_; }
  void stop_watching(os::FileWatch& watch);

 private:
  struct Stream {
    std::string name;
    std::optional<os::FileMark> last;
  };
  struct Run {
    os::Fd folder;
    int watch = -1;
    int32_t backups = 0;
    Stream streams[2] = {{"stdout", std::nullopt}, {"stderr", std::nullopt}};
  };

  bool read_plan_once();
  void want(const RunKey& run, os::FileWatch& watch, Instant now);
  void look_once(const RunKey& run, Instant now);
  Result<os::Fd> open_folder(const RunKey& run) const;
  bool add(const RunKey& run, os::FileWatch& watch);
  void drop_runs_before(const RunKey& run, os::FileWatch& watch);
  void look(Run& run, Stream& stream, Instant now);
  void look_at_rotated(Run& run, const Stream& stream, Instant now);

  const TaskPaths paths_;
  std::optional<core::TaskPlan> plan_;
  std::map<RunKey, Run> runs_;
  std::map<int, RunKey> watches_;
  std::map<uint32_t, int32_t> next_run_;  // of each process: the first that was not wanted yet
  std::vector<RunKey> missing_;
  std::vector<LogMark> found_;
  LogMarkFile marks_;
  bool is_over_ = false;
};

}  // namespace aurora::executor

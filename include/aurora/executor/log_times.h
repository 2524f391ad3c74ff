// Records when the logs of running tasks grow, in <state>/tasks/<task>/log_times (executor/log_index.h), for
// processes write straight into their files, which hold no times. A thread of its own is told by the kernel
// when something changes - the checkpoints, which say what runs, and the folders of the logs - and then looks
// at sizes every 50 ms until they stay the same: a task that writes nothing costs nothing. Best effort: where
// it cannot watch, lines have no times.
//
// Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/core/ids.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/poller.h"

namespace aurora::executor {

class LogTimes {
 public:
  LogTimes(WorkFolder work, const Clock& clock);  // `clock` says what time it is
  ~LogTimes();
  LogTimes(const LogTimes&) = delete;
  LogTimes& operator=(const LogTimes&) = delete;

  // How often something of the task's logs was seen to change, counted from a number that no other LogTimes had.
  uint64_t changes_of(const core::TaskId& task_id) const;
  // Until that is not `seen` any more, `max` has passed, or let_go(). False after let_go().
  bool wait_for_change(const core::TaskId& task_id, uint64_t seen, Duration max);
  // Until one of them has not so many any more; the same else.
  bool wait_for_changes(const std::map<core::TaskId, uint64_t>& seen, Duration max);
  void let_go();  // from now on nobody waits

 private:
  class Watcher;
  uint64_t count(const core::TaskId& task_id) const;  // REQUIRES: the lock is held
  void note_change(const core::TaskId& task_id);
  void forget(const core::TaskId& task_id);
  bool pause(Duration time);  // false: it is the end

  const uint64_t first_;  // what is not counted yet
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<core::TaskId, uint64_t> changes_;
  bool lets_go_ = false;
  bool stopping_ = false;
  os::Poller poller_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace aurora::executor

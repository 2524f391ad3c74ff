// Holds tasks to what they asked for, as far as the kernel does not do it alone, and measures them, in a
// thread of its own: who is over a limit is ended by an event to the host loop, with the figures
// (spec/thermos-executor.md §11.2, §15).
//
// A task that does nothing costs some reads each ten seconds; memory is watched by the kernel and says when
// it matters.
#pragma once

#include <map>
#include <mutex>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/executor/host_loop.h"
#include "aurora/executor/task_files.h"
#include "aurora/executor/usage.h"
#include "aurora/executor/usage_history.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/poller.h"

namespace aurora::executor {

class LimitWatcher {
 public:
  // `disk` is shared with pages. All outlive this.
  LimitWatcher(HostLoop& loop, const WorkFolder& work, DiskSampler& disk, UsageHistory& history,
               const Clock& clock);
  ~LimitWatcher();
  LimitWatcher(const LimitWatcher&) = delete;
  LimitWatcher& operator=(const LimitWatcher&) = delete;

 private:
  struct Task;

  void run();
  void look_for_tasks();
  bool watch(const os::OomWatch& oom, uint64_t key);
  void end(const core::TaskId& task_id, Task& task, core::RunnerOutcome outcome);
  void look_at_disks();
  void measure_all();
  void use_groups(Task& task, UsagePoint& whole) const;
  bool is_stopping() const;

  HostLoop& loop_;
  const WorkFolder work_;
  DiskSampler& disk_;
  UsageHistory& history_;
  const Clock& clock_;
  os::Poller poller_;
  UsageSampler sampler_;
  std::map<core::TaskId, Task> tasks_;
  std::map<uint64_t, core::TaskId> keys_;
  uint64_t last_key_ = 0;
  int64_t free_bytes_ = 0;  // of the disk, when sandboxes were counted last
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace aurora::executor

// What a host may delete of tasks that are over: first their files (sandbox, logs, checkpoint), much later their
// records, so that the page of a task still says how it ended when its files are gone.
//
// Pure. Whoever asks hands in only tasks that ended and whose end the scheduler has on disk; an active task is never
// among them.
#pragma once

#include <cstdint>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::core {

struct CollectionPolicy {
  Duration age_max = hours(24 * 14);  // files of what ended longer ago go
  int64_t tasks_max = 10'000;         // files of more ended tasks than these: the oldest go
  double disk_headroom = 0.1;         // share of the disk that stays free: while it is not, the oldest go
};

struct EndedTask {
  TaskId task_id;
  Instant ended_at;
  bool has_files = true;  // not collected yet
};
struct DiskSpace {
  int64_t total_bytes = 0;  // 0: unknown, and no reason to delete anything
  int64_t free_bytes = 0;
};

struct Collection {
  std::vector<TaskId> files;    // oldest first
  std::vector<TaskId> records;  // of tasks whose files went before
  bool is_short_of_disk = false;  // more may have to go once these are gone
};
// For want of disk only a tenth of the tasks goes at once, since nobody knows beforehand how much that frees, and
// nothing that ended within the last ten minutes: somebody may be reading why. Records stay four times as long as
// files, and ten times as many.
Collection choose_collection(std::vector<EndedTask> ended, DiskSpace disk, const CollectionPolicy& policy,
                             Instant now);

}  // namespace aurora::core

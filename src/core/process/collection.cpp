#include "aurora/core/process/collection.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr Duration kReadingTime = minutes(10);
constexpr int64_t kRecordFactor = 4;   // of the files' age
constexpr int64_t kRecordsFactor = 10;  // of the files' number
constexpr size_t kDiskShare = 10;

bool is_short(DiskSpace disk, double headroom) {
  return disk.total_bytes > 0 &&
         static_cast<double>(disk.free_bytes) < headroom * static_cast<double>(disk.total_bytes);
}

// How many of the oldest go: all that are older than `age_max`, and so many that `kept_max` are left.
size_t count_old(const std::vector<EndedTask>& oldest_first, Duration age_max, int64_t kept_max, Instant now) {
  const auto is_old = [&](const EndedTask& task) { return now - task.ended_at > age_max; };
  const auto old = static_cast<size_t>(
      std::find_if_not(oldest_first.begin(), oldest_first.end(), is_old) - oldest_first.begin());
  const auto kept = static_cast<size_t>(std::max<int64_t>(kept_max, 0));
  return std::max(old, oldest_first.size() > kept ? oldest_first.size() - kept : 0);
}

size_t count_for_disk(const std::vector<EndedTask>& oldest_first, Instant now) {
  const auto was_read = [&](const EndedTask& task) { return now - task.ended_at > kReadingTime; };
  const auto allowed = static_cast<size_t>(
      std::find_if_not(oldest_first.begin(), oldest_first.end(), was_read) - oldest_first.begin());
  return std::min(allowed, oldest_first.size() / kDiskShare + 1);
}

std::vector<TaskId> first_ids(const std::vector<EndedTask>& tasks, size_t count) {
  std::vector<TaskId> ids;
  for (size_t i = 0; i < count; ++i) ids.push_back(tasks[i].task_id);
  return ids;
}

}  // namespace

Collection choose_collection(std::vector<EndedTask> ended, DiskSpace disk, const CollectionPolicy& policy,
                             Instant now) {
  std::stable_sort(ended.begin(), ended.end(),
                   [](const EndedTask& a, const EndedTask& b) { return a.ended_at < b.ended_at; });
  const auto border = std::stable_partition(ended.begin(), ended.end(), [](const EndedTask& t) { return t.has_files; });
  const std::vector<EndedTask> with_files(ended.begin(), border);
  const std::vector<EndedTask> without(border, ended.end());

  Collection collection;
  collection.is_short_of_disk = is_short(disk, policy.disk_headroom);
  size_t files = count_old(with_files, policy.age_max, policy.tasks_max, now);
  if (collection.is_short_of_disk) files = std::max(files, count_for_disk(with_files, now));
  collection.files = first_ids(with_files, files);
  const Duration record_age{policy.age_max.ms * kRecordFactor};
  collection.records =
      first_ids(without, count_old(without, record_age, policy.tasks_max * kRecordsFactor, now));
  return collection;
}

}  // namespace aurora::core

#include "aurora/executor/usage.h"

#include "aurora/os/beneath.h"
#include "aurora/os/processes.h"

namespace aurora::executor {
namespace {

constexpr Duration kFresh = seconds(1);
constexpr Duration kDiskFresh = minutes(1);
constexpr Duration kForgotten = minutes(5);
constexpr int kDiskEntriesMax = 200'000;

double to_secs(Duration duration) { return static_cast<double>(duration.ms) / 1000; }

Usage measure(int pid) {
  std::vector<int> tree = os::descendants_of(pid);
  tree.push_back(pid);
  Usage sum;
  for (const int member : tree) {
    const auto info = os::find_process(member);
    if (!info) continue;
    sum.user_secs += to_secs(info->user_time);
    sum.system_secs += to_secs(info->system_time);
    sum.resident_bytes += info->resident_bytes;
    sum.virtual_bytes += info->virtual_bytes;
    sum.threads += info->threads;
  }
  return sum;
}

}  // namespace

Usage operator+(const Usage& a, const Usage& b) {
  return {a.cpus + b.cpus,
          a.user_secs + b.user_secs,
          a.system_secs + b.system_secs,
          a.resident_bytes + b.resident_bytes,
          a.virtual_bytes + b.virtual_bytes,
          a.threads + b.threads};
}

Usage UsageSampler::sample(int pid, Instant started) {
  const Duration now = clock_.monotonic();
  {
    const std::lock_guard lock(mutex_);
    const auto known = samples_.find(pid);
    if (known != samples_.end() && known->second.started == started && now - known->second.at < kFresh) {
      return known->second.usage;
    }
  }
  Usage usage = measure(pid);
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const Duration cpu_time = milliseconds(static_cast<int64_t>((usage.user_secs + usage.system_secs) * 1000));
  const auto known = samples_.find(pid);
  if (known != samples_.end() && known->second.started == started && now > known->second.at) {
    // A descendant that ended took its time with it: never below nothing.
    const Duration used = std::max(Duration{}, cpu_time - known->second.cpu_time);
    usage.cpus = to_secs(used) / to_secs(now - known->second.at);
  }
  samples_[pid] = {started, now, cpu_time, usage};
  return usage;
}

int64_t UsageSampler::disk_bytes(const core::TaskId& task_id, const std::string& sandbox) {
  const Duration now = clock_.monotonic();
  {
    const std::lock_guard lock(mutex_);
    const auto known = disk_.find(task_id);
    if (known != disk_.end() && now - known->second.at < kDiskFresh) return known->second.bytes;
  }
  const int64_t bytes = os::measure_folder(sandbox, kDiskEntriesMax);
  const std::lock_guard lock(mutex_);
  disk_[task_id] = {now, bytes};
  return bytes;
}

void UsageSampler::forget_old(Duration now) {
  std::erase_if(samples_, [&](const auto& entry) { return entry.second.at + kForgotten < now; });
  std::erase_if(disk_, [&](const auto& entry) { return entry.second.at + kForgotten < now; });
}

}  // namespace aurora::executor

#include "aurora/executor/usage.h"

#include <algorithm>

#include "aurora/os/processes.h"
#include "aurora/os/project_quota.h"
#include "aurora/os/tree.h"

namespace aurora::executor {
namespace {

constexpr Duration kFresh = seconds(1);
constexpr Duration kForgotten = minutes(5);
constexpr Duration kAskAgain = seconds(2);
constexpr Duration kDiskForgotten = hours(1);
constexpr Duration kDiskPatience = seconds(20);  // with one sandbox
constexpr int64_t kDiskRest = 20;                // times as long as it took

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

void UsageSampler::forget_old(Duration now) {
  std::erase_if(samples_, [&](const auto& entry) { return entry.second.at + kForgotten < now; });
}

DiskSampler::DiskSampler(const Clock& clock) : clock_(clock), thread_([this] { run(); }) {}

DiskSampler::~DiskSampler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool DiskSampler::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

int64_t DiskSampler::bytes_of(const core::TaskId& task_id, const std::string& sandbox, Duration fresh) {
  const Duration now = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  std::erase_if(samples_, [&](const auto& entry) {
    return !entry.second.is_wanted && entry.second.asked_at + kDiskForgotten < now;
  });
  const auto [known, is_new] = samples_.try_emplace(task_id);
  Sample& sample = known->second;
  sample.sandbox = sandbox;
  sample.asked_at = now;
  if (sample.is_asked) fresh = std::min(fresh, kAskAgain);
  const bool is_due = is_new || sample.counted_at + std::max(fresh, sample.rest) <= now;
  if (!sample.is_wanted && is_due) {
    sample.is_wanted = true;
    wanted_.push_back(task_id);
    changed_.notify_one();
  }
  return sample.bytes;
}

void DiskSampler::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const core::TaskId task_id = wanted_.front();
    wanted_.pop_front();
    const std::string sandbox = samples_.at(task_id).sandbox;
    lock.unlock();
    count(task_id, sandbox);
    lock.lock();
  }
}

void DiskSampler::count(const core::TaskId& task_id, const std::string& sandbox) {
  const Duration begin = clock_.monotonic();
  const std::optional<int64_t> asked = os::find_project_bytes(sandbox);
  const os::TreeSize size = asked ? os::TreeSize{.bytes = *asked} : os::measure_tree(sandbox, [&] {
    return !is_stopping() && clock_.monotonic() - begin < kDiskPatience;
  });
  const Duration end = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  Sample& sample = samples_.at(task_id);
  // A count that was ended early is at least true as a lower bound.
  sample.bytes = size.is_whole ? size.bytes : std::max(size.bytes, sample.bytes);
  sample.is_wanted = false;
  sample.is_asked = asked.has_value();
  sample.counted_at = end;
  sample.rest = (end - begin) * kDiskRest;
}

}  // namespace aurora::executor

// How long each group of pending tasks waits between two tries, for others than the engine's thread. That thread writes
// what has changed and nothing else. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/ids.h"

namespace aurora::scheduler {

class GroupPenalties {
 public:
  void set(const core::ConfigHash& group, Duration penalty) {
    const std::lock_guard lock(mutex_);
    penalties_[group] = penalty;
  }
  void forget(const core::ConfigHash& group) {
    const std::lock_guard lock(mutex_);
    penalties_.erase(group);
  }
  // Nothing for a group that does not wait.
  std::optional<Duration> find(const core::ConfigHash& group) const {
    const std::lock_guard lock(mutex_);
    const auto known = penalties_.find(group);
    return known == penalties_.end() ? std::nullopt : std::optional(known->second);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<core::ConfigHash, Duration> penalties_;
};

}  // namespace aurora::scheduler

// How many tasks there are in each status.
#pragma once

#include <array>
#include <cstdint>

#include "aurora/core/task/task_status.h"

namespace aurora::core {

class StatusCounts {
 public:
  int64_t of(TaskStatus status) const { return counts_[static_cast<size_t>(status)]; }
  // The sum over the statuses for which `predicate` is true.
  template <typename Predicate>
  int64_t sum(const Predicate& predicate) const {
    int64_t sum = 0;
    for (const auto& status : EnumNames<TaskStatus>::values) {
      if (status.value != TaskStatus::Deleted && predicate(status.value)) sum += of(status.value);
    }
    return sum;
  }
  int64_t total() const {
    return sum([](TaskStatus) { return true; });
  }
  // REQUIRES: the status is one that tasks are stored in.
  void add(TaskStatus status, int64_t delta) { counts_[static_cast<size_t>(status)] += delta; }
  friend bool operator==(const StatusCounts&, const StatusCounts&) = default;

 private:
  std::array<int64_t, static_cast<size_t>(TaskStatus::Partitioned) + 1> counts_{};  // by Aurora's numbers
};

}  // namespace aurora::core

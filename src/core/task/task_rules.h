// The cells of the task lifecycle that do anything (spec/scheduler.md §2.2). What is not listed is illegal
// and silent.
#pragma once

#include <cstdint>
#include <span>

#include "aurora/core/task/task_lifecycle.h"

namespace aurora::core {

// Statuses as bits; one more bit means "no such task".
class StatusSet {
 public:
  constexpr StatusSet(TaskStatus status) : bits_(bit(status)) {}
  static constexpr StatusSet no_task() { return StatusSet(uint64_t{1} << 62); }
  constexpr bool contains(TaskStatus status) const { return (bits_ & bit(status)) != 0; }
  constexpr bool contains_no_task() const { return (bits_ & no_task().bits_) != 0; }
  friend constexpr StatusSet operator|(StatusSet a, StatusSet b) { return StatusSet(a.bits_ | b.bits_); }

 private:
  explicit constexpr StatusSet(uint64_t bits) : bits_(bits) {}
  static constexpr uint64_t bit(TaskStatus status) {
    return uint64_t{1} << (status == TaskStatus::Deleted ? 63 : static_cast<int>(status));
  }
  uint64_t bits_;
};

struct StepList {
  Step steps[3] = {};
  size_t count = 0;
  constexpr StepList(std::initializer_list<Step> list) {
    for (const Step step : list) steps[count++] = step;
  }
  constexpr std::span<const Step> all() const { return {steps, count}; }
};

struct LifecycleRow {
  StatusSet from;
  StatusSet to;
  StepList steps;
  bool legal = true;
};

std::span<const LifecycleRow> lifecycle_rows();

}  // namespace aurora::core

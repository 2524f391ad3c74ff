// Which processes of one plan may run now: dependencies, failures, waits and the concurrency limit
// (spec/thermos-executor.md §6). A task has two: ordinary and final processes.
#pragma once

#include <optional>
#include <vector>

#include "aurora/core/process/states.h"
#include "aurora/core/process/task_plan.h"

namespace aurora::core {

class ProcessSchedule {
 public:
  enum class Kind { Ordinary, Final };
  ProcessSchedule(const TaskPlan& plan, Kind kind);  // REQUIRES: validate(plan), and that it outlives this

  bool has(uint32_t process) const { return entries_[process].is_member; }
  void began(uint32_t process);  // a run
  void ended(uint32_t process, ProcessState state, Instant now);

  std::vector<uint32_t> runnable(Instant now) const;  // in declaration order, within the concurrency limit
  // When one more becomes runnable because its min_duration is over; absent: waiting does not help.
  std::optional<Instant> next_runnable(Instant now) const;
  bool is_complete() const;
  bool is_healthy() const;     // failures below the task's limit, and not dead-locked
  bool is_deadlocked() const;          // incomplete, but nothing runs or ever will

 private:
  enum class Standing { Idle, Running, Finished, Failed };
  struct Entry {
    bool is_member = false;
    Standing standing = Standing::Idle;
    int failures = 0;
    int runs = 0;
    std::optional<Instant> last_end;
    std::vector<uint32_t> predecessors;
  };

  bool is_ready(const Entry& entry) const;  // idle, and its predecessors finished
  Standing after_end(uint32_t process, ProcessState state);
  int count(Standing standing) const;

  const TaskPlan& plan_;
  std::vector<Entry> entries_;  // by process
};

}  // namespace aurora::core

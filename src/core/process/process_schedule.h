// Which processes of one plan may run now: dependencies, failures, waits and the concurrency limit
// (spec/thermos-executor.md §6). A task has two: ordinary and final processes.
//
// The beginning and the end of a run cost as much as there are processes that wait for it, whatever the plan's size: what
// may run is kept, not searched for.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
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

  // In declaration order, within the concurrency limit. What is asked for is not begun yet: began() follows.
  std::vector<uint32_t> runnable(Instant now);
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
    uint32_t unfinished = 0;  // predecessors
    std::vector<uint32_t> followers;
  };

  void add_order(const std::vector<std::string>& order, const std::unordered_map<std::string, uint32_t>& members);
  Standing after_end(uint32_t process, ProcessState state);
  void set_standing(uint32_t process, Standing standing);
  void count(uint32_t process, int change);
  void queue_if_ready(uint32_t process);
  bool has_room() const { return plan_.max_concurrency == 0 || running_ < plan_.max_concurrency; }

  const TaskPlan& plan_;
  std::vector<Entry> entries_;  // by process
  std::set<uint32_t> ready_;    // idle, their predecessors finished, their waits over
  std::set<std::pair<Instant, uint32_t>> resting_;  // as ready, but for their waits
  int running_ = 0;
  int failed_ = 0;
  int incomplete_ = 0;  // neither finished nor failed, nor ephemeral
};

}  // namespace aurora::core

// One task under its runner: which processes to start and stop, and when it is over (spec/thermos-executor.md §4 to
// §6, §8). Pure: events in, records and effects out; time is an argument.
//
// The runner writes the records to the checkpoint first and then performs the effects, in order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "aurora/base/seen_time.h"
#include "aurora/core/process/run_history.h"
#include "aurora/core/process/task_plan.h"

namespace aurora::core {

// --- Events.
struct RunBegun {
  std::string boot_id = {};
};
struct ProcessForked {  // not yet executing
  uint32_t process = 0;
  int32_t pid = 0;
  int64_t start_ticks = 0;
};
struct ProcessStarted {
  uint32_t process = 0;
};
struct ProcessNotStarted {  // counted as a failure with return code 127
  uint32_t process = 0;
  std::string detail = {};  // what could not be opened or executed
};
struct ProcessExited {
  uint32_t process = 0;
  int32_t return_code = 0;  // exit status, or the negated signal
  std::string over_memory = {};  // that the kernel has killed it for the task's limit: a failure, unlike other kills
};
// Repeating it changes nothing: nobody is told twice, and the first one's deadline stands. Only one that leaves
// less time than is left is obeyed, too.
struct RunKillRequested {
  Duration wait = seconds(60);  // replaces the finalization wait
  RunState terminal = RunState::Killed;
};
struct OrphansChecked {  // the answer to TerminateOrphans
  bool any_left = false;
};
struct RunTimerFired {};  // also: an orphan has ended
using RunEvent = std::variant<RunBegun, ProcessForked, ProcessStarted, ProcessNotStarted, ProcessExited,
                              RunKillRequested, OrphansChecked, RunTimerFired>;

// --- Effects.
struct LaunchProcess {
  uint32_t process = 0;
  int32_t run = 0;  // 0, 1, 2...
};
struct TerminateProcess {  // SIGTERM to the bash pid only
  uint32_t process = 0;
  int32_t pid = 0;
};
// SIGTERM, once to each, to children of the runner that are none of its processes: what detached. Answered by
// OrphansChecked.
struct TerminateOrphans {};
struct KillProcess {  // SIGKILL to its group and whatever it left; comes before its pid is free for others
  uint32_t process = 0;
  int32_t pid = 0;
};
struct KillEverything {};  // SIGKILL to every descendant of the runner; the task is over
using RunEffect = std::variant<LaunchProcess, TerminateProcess, TerminateOrphans, KillProcess, KillEverything>;

struct RunStep {
  std::vector<RunRecord> records;
  std::vector<RunEffect> effects;
};

class ProcessSchedule;

class TaskRun {
 public:
  TaskRun(TaskPlan plan, int32_t runner_pid);  // REQUIRES: validate(plan)
  ~TaskRun();

  RunStep step(const RunEvent& event, Instant now);
  // When RunTimerFired is wanted; absent: only other events matter.
  std::optional<Instant> next_timer(Instant now) const;

  const TaskPlan& plan() const { return plan_; }
  const RunHistory& history() const { return history_; }
  bool is_over() const;
  // Reads what is recorded: the process that has this pid and has not ended.
  std::optional<uint32_t> find_process(int32_t pid) const;

 private:
  void record_state(RunState state, Instant now, RunStep& step);
  void record_process(ProcessRecord record, RunStep& step);
  void advance(Instant now, RunStep& step);
  bool advance_active(Instant now, RunStep& step);
  bool advance_cleaning(Instant now, RunStep& step);
  bool advance_finalizing(Instant now, RunStep& step);
  void kill(const RunKillRequested& request, Instant now, RunStep& step);
  void enter_cleaning(Instant now, RunStep& step);
  void terminate_ordinary(RunStep& step) const;
  void finish(Instant now, RunStep& step);
  void launch_runnable(ProcessSchedule& schedule, Instant now, RunStep& step);
  ProcessSchedule& schedule_of(uint32_t process);
  Duration time_left() const;
  bool is_alive(uint32_t process) const;
  RunState state() const;

  TaskPlan plan_;
  int32_t runner_pid_;
  RunHistory history_;
  std::unordered_map<int32_t, uint32_t> by_pid_;  // of processes that have one and have not ended
  size_t alive_ = 0;                              // processes that have begun and have not ended
  std::unique_ptr<ProcessSchedule> ordinary_;
  std::unique_ptr<ProcessSchedule> final_;
  SeenTime time_;  // in which the task's end is counted
  Duration cleaning_since_;
  std::optional<Duration> kill_deadline_;
  std::optional<RunState> forced_;
  bool may_have_orphans_ = true;  // since the last launch nobody has seen that there is none
};

}  // namespace aurora::core

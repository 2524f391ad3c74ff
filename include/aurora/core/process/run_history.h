// What happened to a task on its host: the records of its checkpoint, and what they add up to.
// The runner writes it; the executor and the pages replay it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/core/process/states.h"
#include "aurora/core/task/end_reason.h"

namespace aurora::core {

struct RunStateRecord {
  RunState state = RunState::Active;
  Instant at;
  int32_t runner_pid = 0;
  std::string boot_id = {};  // of the kernel on which it runs; only in the first record
  friend bool operator==(const RunStateRecord&, const RunStateRecord&) = default;
};
struct ProcessRecord {
  uint32_t process = 0;  // index in the plan
  ProcessState state = ProcessState::Waiting;
  Instant at;
  int32_t pid = 0;  // of bash, which leads its own session; set from Forked on
  std::optional<int32_t> return_code = std::nullopt;  // exit status, or the negated signal
  std::string detail = {};                            // why it could not be started
  // When it started, in the kernel's ticks since boot; set on Forked, 0 = not known (records of old versions).
  // With pid and boot id it is one process and no other, whatever becomes of the wall clock.
  int64_t start_ticks = 0;
  friend bool operator==(const ProcessRecord&, const ProcessRecord&) = default;
};
// The runner ended without the last word; written by its parent.
struct RunnerEndRecord {
  Instant at;
  int32_t exit_code = 0;
  int32_t signal = 0;  // 0 = it exited
  friend bool operator==(const RunnerEndRecord&, const RunnerEndRecord&) = default;
};
using RunRecord = std::variant<RunStateRecord, ProcessRecord, RunnerEndRecord>;

// How a runner ended, as its host learns it.
struct RunnerEnd {
  std::optional<int> exit_code;  // both absent: nobody was there to see it
  std::optional<int> signal;
  std::optional<RunState> last_state;  // that it wrote; absent: unreadable or never written
  std::optional<EndReason> reason = {};  // absent: the task succeeded
  std::optional<EndReason> memory_limit = {};  // the kernel says that it was reached, whatever the runner knows
};

struct ProcessRun {
  ProcessState state = ProcessState::Waiting;
  std::optional<Instant> fork_time;
  std::optional<Instant> start_time;
  std::optional<Instant> stop_time;
  std::optional<int32_t> return_code;
  int32_t pid = 0;
  std::string detail = {};  // why it could not be started
  int64_t start_ticks = 0;  // 0 = not known
};

struct RunHistory {
  std::vector<RunStateRecord> states;  // oldest first
  std::vector<std::vector<ProcessRun>>
      processes;  // by index in the plan; a process that never ran has no runs

  std::optional<RunnerEnd> runner_end;  // if it ended without the last word

  // An illegal record is ignored and answered with false: it came from a damaged file.
  bool apply(const RunRecord& record);
  std::optional<RunState> state() const;
  std::string boot_id() const;  // empty = not known
};

}  // namespace aurora::core

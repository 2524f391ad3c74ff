// What the scheduler is told of a task's end: status, exact message (spec/thermos-executor.md §11.2) and why,
// as data.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/process/run_history.h"
#include "aurora/core/task/task_status.h"

namespace aurora::core {

struct RunnerOutcome {
  TaskStatus status = TaskStatus::Lost;
  std::string message;
  std::optional<EndReason> reason = {};
  friend bool operator==(const RunnerOutcome&, const RunnerOutcome&) = default;
};

// `asked`: what somebody had asked for before, a kill or an end by the executor itself. It is the outcome,
// whatever the task did then, unless the task had ended by itself before.
RunnerOutcome outcome_of(const RunnerEnd& end, const std::optional<RunnerOutcome>& asked);

// The same for a task that was asked in a way that it could follow by itself: whatever its end looks like, it was asked for.
RunnerOutcome because_asked(RunnerOutcome asked, const RunnerEnd& end);

// --- What may be asked for.
RunnerOutcome killed_on_request();
// `checker` says which check it was ("http", "shell"), `why` what it answered.
RunnerOutcome failed_health_check(const std::string& checker, const std::string& why);
RunnerOutcome disk_limit_exceeded(int64_t reserved_bytes, int64_t used_bytes);
// `limit`: "memory", "processes"; `figures` for people: "130 MB of 128 MB". The message is the original's
// where it has one.
RunnerOutcome limit_exceeded(const std::string& limit, const std::string& message,
                             const std::string& figures);

}  // namespace aurora::core

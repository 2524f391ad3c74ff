// The latest results of health checks, for pages: of the tasks that are checked, and of some that have ended.
// Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "aurora/core/ids.h"
#include "aurora/core/process/health_check.h"

namespace aurora::executor {

enum class CheckOutcome {
  Passed,
  Failed,
  Forgiven,
  Snoozed
};  // Forgiven: failed, while the task was starting
struct CheckRecord {
  Instant at = {};  // its end
  Duration took = {};
  CheckOutcome outcome = CheckOutcome::Passed;
  std::string reason = {};  // of Failed and Forgiven
};

struct HealthRecord {
  core::HealthPlan plan;
  core::HealthState state = core::HealthState::Starting;
  bool is_over = false;  // no more checks follow
  int64_t checks = 0;    // that this executor has made
  int64_t consecutive_failures = 0;
  int64_t consecutive_successes = 0;
  std::deque<CheckRecord> results = {};  // the latest, oldest first
};

class HealthRecords {
 public:
  static constexpr size_t kResultsMax = 30;  // of a task
  static constexpr size_t kEndedMax = 300;   // tasks; the oldest are forgotten

  std::optional<HealthRecord> find(const core::TaskId& task_id) const;

  void begin(const core::TaskId& task_id, const core::HealthPlan& plan, core::HealthState state);
  void add(const core::TaskId& task_id, CheckRecord result, const core::HealthCheck& check);
  void end(const core::TaskId& task_id);

 private:
  mutable std::mutex mutex_;
  std::map<core::TaskId, HealthRecord> records_;
  std::deque<core::TaskId> ended_;  // oldest first
};

}  // namespace aurora::executor

template <>
struct aurora::EnumNames<aurora::executor::CheckOutcome> {
  using enum aurora::executor::CheckOutcome;
  static constexpr std::array<EnumName<aurora::executor::CheckOutcome>, 4> values{
      {{Passed, "PASSED"}, {Failed, "FAILED"}, {Forgiven, "FORGIVEN"}, {Snoozed, "SNOOZED"}}};
};

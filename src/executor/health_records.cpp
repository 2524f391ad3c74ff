#include "aurora/executor/health_records.h"

namespace aurora::executor {

std::optional<HealthRecord> HealthRecords::find(const core::TaskId& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(task_id);
  return found == records_.end() ? std::nullopt : std::optional(found->second);
}

void HealthRecords::begin(const core::TaskId& task_id, const core::HealthPlan& plan,
                          core::HealthState state) {
  const std::lock_guard lock(mutex_);
  records_[task_id] = {.plan = plan, .state = state};
}

void HealthRecords::add(const core::TaskId& task_id, CheckRecord result, const core::HealthCheck& check) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(task_id);
  if (found == records_.end()) return;
  HealthRecord& record = found->second;
  ++record.checks;
  record.state = check.state();
  record.consecutive_failures = check.consecutive_failures();
  record.consecutive_successes = check.consecutive_successes();
  record.results.push_back(std::move(result));
  if (record.results.size() > kResultsMax) record.results.pop_front();
}

void HealthRecords::end(const core::TaskId& task_id) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(task_id);
  if (found == records_.end() || std::exchange(found->second.is_over, true)) return;
  ended_.push_back(task_id);
  if (ended_.size() <= kEndedMax) return;
  records_.erase(ended_.front());
  ended_.pop_front();
}

}  // namespace aurora::executor

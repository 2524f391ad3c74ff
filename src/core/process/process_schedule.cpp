#include "core/process/process_schedule.h"

#include <algorithm>

namespace aurora::core {

ProcessSchedule::ProcessSchedule(const TaskPlan& plan, Kind kind)
    : plan_(plan), entries_(plan.processes.size()) {
  std::unordered_map<std::string, uint32_t> members;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].is_member = plan.processes[i].final == (kind == Kind::Final);
    if (!entries_[i].is_member) continue;
    members.emplace(plan.processes[i].name, i);
    count(i, +1);
  }
  for (const std::vector<std::string>& order : plan.orders) add_order(order, members);
  for (uint32_t i = 0; i < entries_.size(); ++i) queue_if_ready(i);
}

void ProcessSchedule::add_order(const std::vector<std::string>& order,
                                const std::unordered_map<std::string, uint32_t>& members) {
  for (size_t i = 1; i < order.size(); ++i) {
    const auto before = members.find(order[i - 1]);
    const auto after = members.find(order[i]);
    if (before == members.end() || after == members.end()) continue;
    entries_[before->second].followers.push_back(after->second);
    ++entries_[after->second].unfinished;
  }
}

void ProcessSchedule::began(uint32_t process) {
  Entry& entry = entries_[process];
  ready_.erase(process);
  if (entry.last_end) resting_.erase({*entry.last_end + plan_.processes[process].min_duration, process});
  ++entry.runs;
  set_standing(process, Standing::Running);
}

void ProcessSchedule::ended(uint32_t process, ProcessState state, Instant now) {
  Entry& entry = entries_[process];
  entry.last_end = now;
  set_standing(process, after_end(process, state));
  queue_if_ready(process);
  if (entry.standing != Standing::Finished) return;
  for (const uint32_t follower : entry.followers) {
    --entries_[follower].unfinished;
    queue_if_ready(follower);
  }
}

ProcessSchedule::Standing ProcessSchedule::after_end(uint32_t process, ProcessState state) {
  const ProcessPlan& plan = plan_.processes[process];
  Entry& entry = entries_[process];
  if (state == ProcessState::Success && !plan.daemon) return Standing::Finished;
  if (state == ProcessState::Failed) {
    ++entry.failures;
    const bool may_retry = plan.max_failures == 0 || entry.failures < plan.max_failures;
    if (!may_retry) return plan.ephemeral ? Standing::Finished : Standing::Failed;
  }
  return entry.runs >= kProcessRunsMax ? Standing::Failed : Standing::Idle;
}

void ProcessSchedule::set_standing(uint32_t process, Standing standing) {
  count(process, -1);
  entries_[process].standing = standing;
  count(process, +1);
}

void ProcessSchedule::count(uint32_t process, int change) {
  const Standing standing = entries_[process].standing;
  const bool is_over = standing == Standing::Finished || standing == Standing::Failed;
  if (standing == Standing::Running) running_ += change;
  if (standing == Standing::Failed) failed_ += change;
  if (!is_over && !plan_.processes[process].ephemeral) incomplete_ += change;
}

void ProcessSchedule::queue_if_ready(uint32_t process) {
  const Entry& entry = entries_[process];
  if (!entry.is_member || entry.standing != Standing::Idle || entry.unfinished > 0) return;
  if (entry.last_end) {
    resting_.emplace(*entry.last_end + plan_.processes[process].min_duration, process);
  } else {
    ready_.insert(process);
  }
}

std::vector<uint32_t> ProcessSchedule::runnable(Instant now) {
  while (!resting_.empty() && resting_.begin()->first <= now) {
    ready_.insert(resting_.begin()->second);
    resting_.erase(resting_.begin());
  }
  if (!has_room()) return {};
  const size_t room =
      plan_.max_concurrency == 0 ? ready_.size() : static_cast<size_t>(plan_.max_concurrency - running_);
  return {ready_.begin(),
          std::next(ready_.begin(), static_cast<std::ptrdiff_t>(std::min(room, ready_.size())))};
}

std::optional<Instant> ProcessSchedule::next_runnable(Instant now) const {
  if (!has_room()) return std::nullopt;
  if (!ready_.empty()) return now;
  if (!resting_.empty()) return resting_.begin()->first;
  return std::nullopt;
}

bool ProcessSchedule::is_complete() const { return incomplete_ == 0; }

bool ProcessSchedule::is_deadlocked() const {
  return !is_complete() && running_ == 0 && ready_.empty() && resting_.empty();
}

bool ProcessSchedule::is_healthy() const {
  return (plan_.max_failures == 0 || failed_ < plan_.max_failures) && !is_deadlocked();
}

}  // namespace aurora::core

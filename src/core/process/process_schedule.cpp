#include "core/process/process_schedule.h"

#include <algorithm>

namespace aurora::core {

ProcessSchedule::ProcessSchedule(const TaskPlan& plan, Kind kind) : plan_(plan), entries_(plan.processes.size()) {
  const auto index_of = [&](const std::string& name) -> std::optional<uint32_t> {
    for (uint32_t i = 0; i < plan.processes.size(); ++i) {
      if (plan.processes[i].name == name && entries_[i].is_member) return i;
    }
    return std::nullopt;
  };
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].is_member = plan.processes[i].final == (kind == Kind::Final);
  }
  for (const std::vector<std::string>& order : plan.orders) {
    for (size_t i = 1; i < order.size(); ++i) {
      const auto before = index_of(order[i - 1]);
      const auto after = index_of(order[i]);
      if (before && after) entries_[*after].predecessors.push_back(*before);
    }
  }
}

void ProcessSchedule::began(uint32_t process) {
  entries_[process].standing = Standing::Running;
  ++entries_[process].runs;
}

void ProcessSchedule::ended(uint32_t process, ProcessState state, Instant now) {
  entries_[process].last_end = now;
  entries_[process].standing = after_end(process, state);
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

bool ProcessSchedule::is_ready(const Entry& entry) const {
  return entry.is_member && entry.standing == Standing::Idle &&
         std::all_of(entry.predecessors.begin(), entry.predecessors.end(),
                     [&](uint32_t p) { return entries_[p].standing == Standing::Finished; });
}

int ProcessSchedule::count(Standing standing) const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.is_member && entry.standing == standing;
  }));
}

std::vector<uint32_t> ProcessSchedule::runnable(Instant now) const {
  std::vector<uint32_t> result;
  int room = plan_.max_concurrency == 0 ? static_cast<int>(entries_.size())
                                        : plan_.max_concurrency - count(Standing::Running);
  for (uint32_t i = 0; i < entries_.size() && room > 0; ++i) {
    const Entry& entry = entries_[i];
    if (!is_ready(entry) || (entry.last_end && now < *entry.last_end + plan_.processes[i].min_duration)) continue;
    result.push_back(i);
    --room;
  }
  return result;
}

std::optional<Instant> ProcessSchedule::next_runnable(Instant now) const {
  if (plan_.max_concurrency != 0 && count(Standing::Running) >= plan_.max_concurrency) return std::nullopt;
  std::optional<Instant> next;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (!is_ready(entries_[i])) continue;
    const Instant at = entries_[i].last_end ? *entries_[i].last_end + plan_.processes[i].min_duration : now;
    if (!next || at < *next) next = at;
  }
  return next;
}

bool ProcessSchedule::is_complete() const {
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const bool is_over = entry.standing == Standing::Finished || entry.standing == Standing::Failed;
    if (entry.is_member && !is_over && !plan_.processes[i].ephemeral) return false;
  }
  return true;
}

bool ProcessSchedule::is_deadlocked() const {
  const auto can_go_on = [&](const Entry& entry) {
    return entry.is_member && (entry.standing == Standing::Running || is_ready(entry));
  };
  return !is_complete() && std::none_of(entries_.begin(), entries_.end(), can_go_on);
}

bool ProcessSchedule::is_healthy() const {
  return (plan_.max_failures == 0 || count(Standing::Failed) < plan_.max_failures) && !is_deadlocked();
}

}  // namespace aurora::core

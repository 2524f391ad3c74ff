#include "aurora/core/sla/sla_check.h"

#include <algorithm>
#include <cmath>

#include "aurora/base/overloaded.h"

namespace aurora::core {
namespace {

// After a restart, while hosts have yet to report.
constexpr Duration kLookForHosts = seconds(1);
// A task is up when it has been RUNNING for more than the duration, in whole milliseconds.
constexpr Duration kMore = milliseconds(1);

double percentage_of(int64_t part, int64_t all) {
  return static_cast<double>(part) / static_cast<double>(all) * 100;
}

Instant running_since(const Task& task) { return task.events.back().timestamp; }

void erase_one(std::vector<Instant>& sorted, Instant value) {
  const auto found = std::ranges::lower_bound(sorted, value);
  if (found != sorted.end() && *found == value) sorted.erase(found);
}

}  // namespace

int64_t required_up(const PercentageSlaPolicy& policy, int64_t active) {
  if (active <= 1) return 0;
  const double wanted = std::floor((1 - policy.percentage / 100) * static_cast<double>(active)) < 1
                            ? percentage_of(active - 1, active)
                            : policy.percentage;
  auto required = static_cast<int64_t>(std::ceil(wanted * static_cast<double>(active) / 100));
  required = std::clamp<int64_t>(required, 0, active);
  while (required > 0 && percentage_of(required - 1, active) >= wanted) --required;
  while (required < active && percentage_of(required, active) < wanted) ++required;
  return required;
}

int64_t required_up(const CountSlaPolicy& policy, int64_t active) {
  return std::max<int64_t>(0, active - policy.count < 1 ? active - 1 : policy.count);
}

std::string to_sentence(const SlaVerdict& verdict) {
  if (verdict.kind == SlaVerdict::Kind::Coordinator) return verdict.coordinator;
  const bool counts_time = verdict.kind == SlaVerdict::Kind::TooFewForLong;
  return std::to_string(verdict.up) + " of " + std::to_string(verdict.active) + " instances would be up" +
         (counts_time ? " for more than " + std::to_string(verdict.duration_secs) + " s" : "") + ", policy wants " +
         std::to_string(verdict.required);
}

SlaBudget::SlaBudget(const Cluster& cluster, const JobLimits& limits, Instant now, const Decision& decision)
    : cluster_(cluster), limits_(limits), now_(now), decision_(decision) {}

SlaVerdict SlaBudget::check(const Task& task, const SlaPolicy& policy) {
  read_decision();
  if (std::holds_alternative<CoordinatorSlaPolicy>(policy)) return {.kind = SlaVerdict::Kind::Coordinator};
  if (!task.config->production && !limits_.sla_aware_kill_non_prod) return {};
  const auto more = more_active_.find(task.job());
  const int64_t active = cluster_.count_tasks(task.job()).sum([](TaskStatus status) { return is_active(status); }) +
                         (more == more_active_.end() ? 0 : more->second);
  if (active < limits_.sla_instances_min) return {};
  const auto promise_of = [&](const auto& p) { return Promise{required_up(p, active), p.duration_secs}; };
  const auto* percentage = std::get_if<PercentageSlaPolicy>(&policy);
  return check_up(task, percentage ? promise_of(*percentage) : promise_of(std::get<CountSlaPolicy>(policy)), active);
}

SlaVerdict SlaBudget::check_up(const Task& task, const Promise& promise, int64_t active) {
  SlaVerdict verdict{.active = active, .required = promise.required, .duration_secs = promise.duration_secs};
  const auto left = left_of_job_.find(task.job());
  verdict.up = cluster_.count_tasks(task.job()).of(TaskStatus::Running) - (is_running(task) ? 1 : 0) -
               (left == left_of_job_.end() ? 0 : left->second);
  if (verdict.up < promise.required) {
    verdict.kind = SlaVerdict::Kind::TooFewRunning;
    return verdict;
  }
  const Duration duration = seconds(promise.duration_secs);
  const Uptime& uptime = uptime_of(task.job());
  const bool is_counted = is_running(task) && cluster_.find_session(task.host) != nullptr;
  const auto up_end = std::ranges::lower_bound(uptime.since, now_ - duration);
  verdict.up = up_end - uptime.since.begin();
  if (is_counted && running_since(task) < now_ - duration) --verdict.up;
  if (verdict.up >= promise.required) return verdict;
  verdict.kind = SlaVerdict::Kind::TooFewForLong;
  auto last = static_cast<size_t>(promise.required - 1);  // of those that must be up, itself left out
  if (is_counted && last < uptime.since.size() && uptime.since[last] >= running_since(task)) ++last;
  if (last < uptime.since.size()) verdict.again_at = uptime.since[last] + duration + kMore;
  if (!verdict.again_at && uptime.has_unheard) verdict.again_at = now_ + kLookForHosts;
  return verdict;
}

SlaBudget::Uptime& SlaBudget::uptime_of(const JobKey& job) {
  const auto [entry, is_new] = uptimes_.try_emplace(job);
  Uptime& uptime = entry->second;
  if (!is_new) return uptime;
  for (const Task* task : cluster_.list_active(job)) {
    if (!is_running(*task)) continue;
    if (cluster_.find_session(task->host) != nullptr) {
      uptime.since.push_back(running_since(*task));
    } else {
      uptime.has_unheard = true;
    }
  }
  std::ranges::sort(uptime.since);
  return uptime;
}

bool SlaBudget::has_moved(const TaskId& task) {
  read_decision();
  return moved_.contains(task);
}

bool SlaBudget::has_asked(const std::string& coordinator) {
  read_decision();
  return asked_.contains(coordinator);
}

size_t SlaBudget::asked_count() {
  read_decision();
  return asked_.size();
}

void SlaBudget::read_decision() {
  const auto note = [&](const TaskId& id, TaskStatus status) {
    const bool is_first = moved_.insert(id).second;
    const Task* task = cluster_.find_task(id);
    if (task == nullptr) return;
    if (task->status == TaskStatus::Running && status != TaskStatus::Running) note_left(*task);
    if (is_first && is_active(task->status) && !is_active(status)) --more_active_[task->job()];
  };
  const auto note_saved = [&](const Task& task) {
    const bool is_new = cluster_.find_task(task.id) == nullptr && is_active(task.status);
    if (is_new && moved_.insert(task.id).second) ++more_active_[task.job()];
    note(task.id, task.status);
  };
  for (; read_ < decision_.changes.size(); ++read_) {
    std::visit(Overloaded{[&](const TaskMoved& c) { note(c.task_id, c.move.event.status); },
                          [&](const TaskSaved& c) { note_saved(c.task); },
                          [&](const TaskDeleted& c) { note(c.task_id, TaskStatus::Deleted); },
                          [&](const CoordinatorAsked& c) { asked_.insert(c.url); },
                          [](const auto&) {}},
               decision_.changes[read_]);
  }
}

void SlaBudget::note_left(const Task& task) {
  if (!left_.insert(task.id).second) return;
  ++left_of_job_[task.job()];
  const auto uptime = uptimes_.find(task.job());
  const bool is_counted = uptime != uptimes_.end() && cluster_.find_session(task.host) != nullptr;
  if (is_counted) erase_one(uptime->second.since, running_since(task));
}

}  // namespace aurora::core

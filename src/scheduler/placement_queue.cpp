#include "scheduler/placement_queue.h"

#include <algorithm>

#include "aurora/core/placement/task_group.h"

namespace aurora::scheduler {
namespace {

using namespace core;

// Room is freed by every task that ends; looking at all waiting groups each time would cost tasks x groups.
constexpr Duration kWakeAllInterval = milliseconds(200);

bool frees_room(const Cluster& before, const Change& change) {
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    return !saved->task.host.empty() && is_terminal(saved->task.status);
  }
  if (const auto* seen = std::get_if<HostSeen>(&change)) {  // a heartbeat changes nothing, a new session does
    const HostSession* known = before.find_session(seen->host);
    return !seen->leaving && (known == nullptr || known->session != seen->session);
  }
  if (const auto* deleted = std::get_if<TaskDeleted>(&change)) {
    const Task* known = before.find_task(deleted->task_id);
    return known != nullptr && is_assigned(known->status);
  }
  return std::holds_alternative<HostSaved>(change) || std::holds_alternative<UnknownTasksFound>(change);
}

}  // namespace

void PlacementQueue::add_all(const Cluster& cluster, Instant now) {
  for (const auto& [hash, tasks] : cluster.pending_groups()) {
    set_waiting(hash, {now, first_group_penalty(timing_)});
  }
}

void PlacementQueue::observe(const Cluster& before, const Change& change, Instant now) {
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    if (saved->task.status == TaskStatus::Pending && !groups_.contains(saved->task.config.hash())) {
      set_waiting(saved->task.config.hash(),
                  {now, first_group_penalty(timing_)});  // tried in this very round
    }
  }
  const auto* seen = std::get_if<HostSeen>(&change);
  if (seen != nullptr && unheard_.erase(seen->host) > 0 && unheard_.empty()) held_until_ = now;
  if (!wake_all_at_ && frees_room(before, change)) {
    wake_all_at_ = std::max(now, last_wake_all_ + kWakeAllInterval);
  }
}

void PlacementQueue::set_waiting(const ConfigHash& group, Waiting waiting) {
  forget(group);
  groups_.emplace(group, waiting);
  by_due_.emplace(waiting.due, group);
}

void PlacementQueue::forget(const ConfigHash& group) {
  const auto known = groups_.find(group);
  if (known == groups_.end()) return;
  by_due_.erase({known->second.due, group});
  groups_.erase(known);
}

std::optional<Instant> PlacementQueue::next_due() const {
  if (by_due_.empty()) return std::nullopt;
  const Instant first = by_due_.begin()->first;
  return std::max(held_until_, wake_all_at_ ? std::min(*wake_all_at_, first) : first);
}

void PlacementQueue::wake_all(Instant now) {
  if (!wake_all_at_ || *wake_all_at_ > now) return;
  wake_all_at_.reset();
  last_wake_all_ = now;
  by_due_.clear();
  for (auto& [group, waiting] : groups_) {
    waiting = {now, first_group_penalty(timing_)};
    by_due_.emplace_hint(by_due_.end(), now, group);
  }
}

std::set<ConfigHash> PlacementQueue::take_due(Instant now) {
  if (now < held_until_) return {};
  wake_all(now);
  std::set<ConfigHash> due;
  for (auto group = by_due_.begin(); group != by_due_.end() && group->first <= now; ++group) {
    due.insert(group->second);
  }
  return due;
}

void PlacementQueue::answered(const Cluster& cluster, const std::set<ConfigHash>& tried,
                              const PlaceTasks::Answer& answer, Instant now) {
  for (const ConfigHash& hash : tried) {
    const auto group = groups_.find(hash);
    if (group == groups_.end()) continue;
    if (!cluster.pending_groups().contains(hash)) {
      forget(hash);
    } else if (answer.unplaced.contains(hash)) {
      const Duration penalty = next_group_penalty(group->second.penalty, timing_, rng_);
      set_waiting(hash, {now + penalty, penalty});
    } else {  // the round was full: go on at once
      set_waiting(hash, {now, first_group_penalty(timing_)});
    }
  }
}

}  // namespace aurora::scheduler

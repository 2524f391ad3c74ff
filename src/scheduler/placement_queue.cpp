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
  if (const auto* seen =
          std::get_if<HostSeen>(&change)) {  // a heartbeat changes nothing, a new session offers a host
    const HostSession* known = before.find_session(seen->host);
    return known == nullptr || known->session != seen->session;
  }
  return std::holds_alternative<TaskDeleted>(change) || std::holds_alternative<HostSaved>(change);
}

}  // namespace

void PlacementQueue::add_all(const Cluster& cluster, Instant now) {
  for (const auto& [hash, tasks] : cluster.pending_groups()) {
    groups_.try_emplace(hash, Waiting{now, first_group_penalty(timing_)});
  }
}

void PlacementQueue::observe(const Cluster& before, const Change& change, Instant now) {
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    if (saved->task.status == TaskStatus::Pending) {
      const Duration first = first_group_penalty(timing_);
      groups_.try_emplace(saved->task.config.hash(), Waiting{now + first, first});
    }
  }
  if (!wake_all_at_ && frees_room(before, change)) {
    wake_all_at_ = std::max(now, last_wake_all_ + kWakeAllInterval);
  }
}

std::optional<Instant> PlacementQueue::next_due() const {
  if (groups_.empty()) return std::nullopt;
  const auto first =
      std::ranges::min_element(groups_, {}, [](const auto& entry) { return entry.second.due; });
  return wake_all_at_ ? std::min(*wake_all_at_, first->second.due) : first->second.due;
}

void PlacementQueue::wake_all(Instant now) {
  if (!wake_all_at_ || *wake_all_at_ > now) return;
  wake_all_at_.reset();
  last_wake_all_ = now;
  for (auto& [hash, waiting] : groups_) waiting = {now, first_group_penalty(timing_)};
}

std::set<ConfigHash> PlacementQueue::take_due(Instant now) {
  wake_all(now);
  std::set<ConfigHash> due;
  for (const auto& [hash, waiting] : groups_) {
    if (waiting.due <= now) due.insert(hash);
  }
  return due;
}

void PlacementQueue::answered(const Cluster& cluster, const std::set<ConfigHash>& tried,
                              const PlaceTasks::Answer& answer, Instant now) {
  for (const ConfigHash& hash : tried) {
    const auto group = groups_.find(hash);
    if (group == groups_.end()) continue;
    Waiting& waiting = group->second;
    if (!cluster.pending_groups().contains(hash)) {
      groups_.erase(group);
    } else if (answer.unplaced.contains(hash)) {
      waiting.penalty = next_group_penalty(waiting.penalty, timing_, rng_);
      waiting.due = now + waiting.penalty;
    } else {  // the round was full: go on at once
      waiting = {now + first_group_penalty(timing_), first_group_penalty(timing_)};
    }
  }
}

}  // namespace aurora::scheduler

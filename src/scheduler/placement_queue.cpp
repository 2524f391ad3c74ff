#include "scheduler/placement_queue.h"

#include <algorithm>
#include <utility>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/placement/task_group.h"

namespace aurora::scheduler {
namespace {

using namespace core;

// Room is freed by every task that ends: groups are looked through once for all that end within this time.
constexpr Duration kWakeInterval = milliseconds(200);
constexpr Duration kHurry = milliseconds(50);  // until more room is made for a group; others have their turn

}  // namespace

void PlacementQueue::add_all(const Cluster& cluster, Instant now) {
  for (const auto& [hash, tasks] : cluster.pending_groups()) {
    set_waiting(hash, {now, first_group_penalty(timing_)});
  }
}

// A group that has not been tried yet is due, whatever ends.
void PlacementQueue::note_ended(const JobKey& job) {
  if (limited_jobs_.contains(job)) relief_.ended.insert(job);
}

void PlacementQueue::note_limits(const PendingGroup& group, Waiting& waiting) {
  if (!group.has_limits || waiting.limited_job) return;
  waiting.limited_job = group.front().task->job();
  ++limited_jobs_[*waiting.limited_job];
}

// More room shows in the version of the hosts. Here is what else lets waiting tasks in: limits of their job,
// and what may concern any group: attributes, modes, holds, and what occupies instances.
void PlacementQueue::observe(const Cluster& before, const Change& change, Instant now) {
  if (const auto task = find_task_after(before, change)) {
    const TaskConfigRef& config = task->record.config;
    if (task->status == TaskStatus::Pending && !groups_.contains(config.hash()))
      set_waiting(config.hash(), {now, first_group_penalty(timing_)});  // tried in this very round
    if (is_terminal(task->status) && !task->host.empty()) note_ended(config->job);
  } else if (const auto* deleted = std::get_if<TaskDeleted>(&change)) {
    const Task* known = before.find_task(deleted->task_id);
    if (known != nullptr && is_assigned(known->status)) note_ended(known->job());
  } else if (const auto* seen = std::get_if<HostSeen>(&change)) {
    if (unheard_.erase(seen->host) > 0 && unheard_.empty()) held_until_ = now;
  } else if (std::holds_alternative<HostSaved>(change) || std::holds_alternative<UnknownTasksFound>(change)) {
    wakes_all_ = true;
  }
}

void PlacementQueue::note_better(const Cluster& cluster, Instant now) {
  if (wake_at_) return;
  if (wakes_all_ || !relief_.ended.empty() || host_version(cluster) > relief_.host_version)
    wake_at_ = std::max(now, last_wake_ + kWakeInterval);
}

void PlacementQueue::set_waiting(const ConfigHash& group, Waiting waiting) {
  const auto [known, is_new] = groups_.try_emplace(group, waiting);
  if (!is_new) by_due_.erase({known->second.due, &known->first});
  if (is_new || known->second.penalty != waiting.penalty) penalties_.set(group, waiting.penalty);
  known->second.due = waiting.due;
  known->second.penalty = waiting.penalty;
  by_due_.insert({waiting.due, &known->first});
}

std::optional<Instant> PlacementQueue::preemption_due(const PendingGroup& group) const {
  if (!settings_.preemption.is_enabled || group.empty()) return std::nullopt;
  const Instant due = std::max(spared_until_, group.front().since + settings_.preemption.delay);
  return due > last_answer_ ? std::optional(due) : std::nullopt;
}

void PlacementQueue::forget(const ConfigHash& group) {
  const auto known = groups_.find(group);
  if (known == groups_.end()) return;
  by_due_.erase({known->second.due, &known->first});
  if (const auto& job = known->second.limited_job; job && --limited_jobs_.at(*job) == 0)
    limited_jobs_.erase(*job);
  penalties_.forget(group);
  groups_.erase(known);
}

std::optional<Instant> PlacementQueue::next_due() const {
  if (by_due_.empty()) return std::nullopt;
  const Instant first = by_due_.begin()->at;
  return std::max({held_until_, no_room_until_, wake_at_ ? std::min(*wake_at_, first) : first});
}

void PlacementQueue::wake(const Cluster& cluster, Instant now) {
  if (!wake_at_ || *wake_at_ > now) return;
  wake_at_.reset();
  last_wake_ = now;
  Relieved relieved;
  if (std::exchange(wakes_all_, false)) {
    for (const auto& [group, waiting] : groups_) relieved.groups.insert(relieved.groups.end(), group);
  } else {
    relieved = list_relieved_groups(cluster, relief_, now);
  }
  for (const ConfigHash& group : relieved.groups) {
    const auto known = groups_.find(group);
    if (known != groups_.end()) set_waiting(group, {now, known->second.penalty});
    if (relieved.is_in_turns) turn_[group] = cluster.pending_groups().at(group).size();
  }
  relief_.ended.clear();
  if (!relieved.is_in_turns) relief_.host_version = host_version(cluster);
}

// What is left of the room goes to the next groups at once. When those whose turn it was could not take it
// after all, every group is tried, once.
void PlacementQueue::end_turn(const Cluster& cluster, Instant now) {
  if (turn_.empty()) return;
  bool has_placed = false;
  for (const auto& [group, count] : std::exchange(turn_, {})) {
    const auto left = cluster.pending_groups().find(group);
    if (left != cluster.pending_groups().end() && left->second.size() >= count) continue;
    has_placed = true;
  }
  wakes_all_ = wakes_all_ || !has_placed;
  wake_at_ = now;
}

std::set<ConfigHash> PlacementQueue::take_due(const Cluster& cluster, Instant now) {
  if (now < held_until_ || now < no_room_until_) return {};
  note_better(cluster, now);
  wake(cluster, now);
  std::set<ConfigHash> due;
  for (auto group = by_due_.begin(); group != by_due_.end() && group->at <= now; ++group) {
    due.insert(*group->group);
  }
  return due;
}

void PlacementQueue::answered(const Cluster& cluster, const std::set<ConfigHash>& tried,
                              const PlaceTasks::Answer& answer, Instant now) {
  last_answer_ = now;
  for (const ConfigHash& hash : tried) {
    const auto group = groups_.find(hash);
    if (group == groups_.end()) continue;
    const auto left = cluster.pending_groups().find(hash);
    if (left == cluster.pending_groups().end()) {
      forget(hash);
      continue;
    }
    note_limits(left->second, group->second);
    if (answer.hurried.contains(hash)) {
      set_waiting(hash, {now + kHurry, group->second.penalty});
    } else if (answer.unplaced.contains(hash)) {
      const Duration penalty = next_group_penalty(group->second.penalty, timing_, rng_);
      const Instant due = now + penalty;
      set_waiting(hash, {std::min(due, preemption_due(left->second).value_or(due)), penalty});
    } else {  // the round was full: go on at once
      set_waiting(hash, {now, first_group_penalty(timing_)});
    }
  }
  end_turn(cluster, now);
  note_better(cluster, now);
}

}  // namespace aurora::scheduler

#include "core/lifecycle/task_timers.h"

#include <algorithm>

#include "core/lifecycle/reschedule_delay.h"

namespace aurora::core {
namespace {

Instant since(const Task& task) { return task.events.back().timestamp; }

// A wait that began `since` ends. After a restart with a clock that was set back it may seem to begin only
// later.
Instant end_of_wait(Instant since, Duration wait, Instant now) {
  return std::max(std::min(since, now) + wait, now);
}

Timer change_at(Instant due, const Task& task, TaskStatus to, std::optional<std::string> message) {
  return {due, ChangeTask{task.id, task.status, since(task), to, std::move(message)}};
}

// All repetitions until the transient timeout, which ends the wait: their number is bounded.
void add_kill_retries(const Task& task, const Context& context, std::vector<Timer>& timers) {
  const TaskTiming& timing = context.settings.timing;
  Duration delay;
  Duration total;
  while (true) {
    delay = backoff(delay, timing.initial_task_kill_retry_interval, timing.transient_task_state_timeout,
                    context.rng);
    total = total + delay;
    if (delay.ms <= 0 || total >= timing.transient_task_state_timeout) return;
    timers.push_back({context.now + total, RetryKill{task.id, since(task)}});
  }
}

void add_partition_end(const Task& task, const Context& context, std::vector<Timer>& timers) {
  const PartitionPolicy policy = task.config->partition_policy.value_or(PartitionPolicy{});
  if (!policy.reschedule) return;
  constexpr int64_t kDelaySecsMax = int64_t{10} * 366 * 24 * 3600;  // keeps the sum within an Instant
  const Duration delay = seconds(std::clamp<int64_t>(policy.delay_secs, 0, kDelaySecsMax));
  const Instant due = end_of_wait(since(task), delay, context.now);
  timers.push_back(change_at(due, task, TaskStatus::Lost, "Task partitioned for too long."));
}

// While the scheduler was down the host may have come back: it has as long to say so as any host has.
Instant let_host_tell(Instant due, const Context& context) {
  return std::max(due, context.now + context.settings.host_timeout);
}

Timer prune_timer(const Task& task, const Context& context) {
  const TaskTiming& timing = context.settings.timing;
  const Instant due = std::max(since(task) + timing.history_prune_threshold,
                               context.now + timing.history_min_retention_threshold);
  return {due, PruneTask{task.id}};
}

// The timers of a state that lasts, however it came about.
std::vector<Timer> state_timers(const Cluster& cluster, const Task& task, const Context& context) {
  std::vector<Timer> timers;
  if (task.status == TaskStatus::Throttled) {
    const Duration wait =
        task.starts_again_at ? *task.starts_again_at - since(task) : flapping_penalty(cluster, task, context);
    const Instant due = end_of_wait(since(task), wait, context.now);
    timers.push_back(change_at(due, task, TaskStatus::Pending, std::nullopt));
  }
  if (task.status == TaskStatus::Partitioned) add_partition_end(task, context, timers);
  if (task.status == TaskStatus::Killing) add_kill_retries(task, context, timers);
  if (is_transient(task.status)) {
    const Instant due = context.now + context.settings.timing.transient_task_state_timeout;
    timers.push_back(change_at(due, task, TaskStatus::Lost, "Task timed out"));
  }
  if (is_terminal(task.status)) timers.push_back(prune_timer(task, context));
  return timers;
}

}  // namespace

std::vector<Timer> task_timers_for(const Cluster& cluster, const Task& task, const Context& context) {
  std::vector<Timer> timers = state_timers(cluster, task, context);
  if (is_terminal(task.status) && !list_surplus(cluster, task.job(), 1, context).empty()) {
    timers.push_back({context.now, PruneHistory{task.job()}});
  }
  return timers;
}

std::vector<Timer> task_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const Task* task : cluster.list_tasks({})) {
    for (Timer& timer : state_timers(cluster, *task, context)) {
      if (task->status == TaskStatus::Partitioned) timer.due = let_host_tell(timer.due, context);
      timers.push_back(std::move(timer));
    }
  }
  return timers;
}

bool is_old(const Task& task, const Context& context) {
  return is_terminal(task.status) &&
         context.now - since(task) >= context.settings.timing.history_prune_threshold;
}

std::vector<const Task*> list_surplus(const Cluster& cluster, const JobKey& job, size_t count_max,
                                      const Context& context) {
  const TaskTiming& timing = context.settings.timing;
  const auto kept = static_cast<size_t>(std::max(0, timing.history_max_per_job_threshold));
  const size_t count = cluster.terminal_count(job);
  if (count <= kept) return {};
  return cluster.list_terminal(job, context.now - timing.history_min_retention_threshold,
                               std::min(count - kept, count_max));
}

}  // namespace aurora::core

// What is waited for now.
#include <algorithm>

#include "aurora/core/maintenance/drain.h"
#include "aurora/core/summary/task_figures.h"
#include "core/explain/story.h"
#include "core/placement/quarantine.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_lifecycle.h"
#include "core/update/instance_update.h"

namespace aurora::core {
namespace {

Instant since(const Task& task) { return task.events.back().timestamp; }

class Waits {
 public:
  Waits(const Cluster& cluster, const ExplainContext& context, std::vector<ExplainedWait>& waits)
      : cluster_(cluster), context_(context), settings_(context.settings), waits_(waits) {}

  void add(WaitKind kind, std::string text, std::optional<Instant> until = {}) {
    if (waits_.size() < kWaitsMax) waits_.push_back({kind, std::move(text), until});
  }

  void add_task(const Task& task) {
    switch (task.status) {
      case TaskStatus::Init:
      case TaskStatus::Pending:
        return add_pending(task);
      case TaskStatus::Throttled:
        return add(WaitKind::BackOff,
                   throttle_sentence(task.starts_again_at.value_or(context_.now),
                                     failures_in_row(cluster_, task, settings_.timing), context_.now),
                   task.starts_again_at);
      case TaskStatus::Assigned:
      case TaskStatus::Starting:
        return add(WaitKind::Host, "host " + task.host.value() + " to start it" + silence_of(task.host),
                   since(task) + settings_.timing.transient_task_state_timeout);
      case TaskStatus::Killing:
      case TaskStatus::Restarting:
      case TaskStatus::Preempting:
      case TaskStatus::Draining:
        return add(WaitKind::Host, "host " + task.host.value() + " to end it" + silence_of(task.host),
                   since(task) + settings_.timing.transient_task_state_timeout);
      case TaskStatus::Partitioned:
        return add_partitioned(task);
      case TaskStatus::Running:
        add_watch(task);
        return add_drain(task);
      case TaskStatus::Finished:
      case TaskStatus::Failed:
      case TaskStatus::Killed:
      case TaskStatus::Lost:
      case TaskStatus::Deleted:
        return;
    }
  }

  void add_update(const JobUpdate& update) {
    const UpdateStatus status = status_of(update);
    if (is_terminal(status)) return;
    if (is_awaiting_pulse(status)) return add(WaitKind::Pulse, "a pulse from the service that watches it");
    if (!is_working(status)) return add(WaitKind::Person, "somebody to resume it: aurora update resume");
    const UpdateProgress* progress = cluster_.find_progress(update.key);
    if (progress == nullptr) return add(WaitKind::Scheduler, "the scheduler to look at it again after its start");
    for (const int32_t id : progress->working) {
      if (waits_.size() >= kWaitsMax) return;
      add_working(update, *progress, id);
    }
  }

 private:
  std::string silence_of(const HostId& host) const {
    return cluster_.is_connected(host) ? "" : ", which is not heard";
  }

  void add_pending(const Task& task) {
    if (context_.now < context_.listens_until)
      return add(WaitKind::Scheduler, listening_sentence(context_.listens_until, context_.now), context_.listens_until);
    if (const UnknownTask* occupant = cluster_.find_occupant(task.instance()))
      return add(WaitKind::Host, why_held(*occupant));
    if (const std::optional<Hold> hold = find_hold(cluster_, task.config, context_.now))
      return add(WaitKind::Host, to_sentence(*hold), hold->until);
    const PendingReason* reason = cluster_.find_pending_reason(task.config.hash());
    add(WaitKind::Host, reason == nullptr ? "a host; the next placement round tries" : "a host: " + to_sentence(*reason));
    if (const InstanceKept* kept = cluster_.find_kept(task.instance()))
      add(WaitKind::Host, "host " + kept->host.value() + ", to which it comes back", kept->until);
    const Instant entitled = since(task) + settings_.preemption.delay;
    if (settings_.preemption.is_enabled && entitled > context_.now)
      add(WaitKind::Host, "the moment from which other tasks may have to go for it", entitled);
    for (const HostId& host : cluster_.list_reserved_hosts(task.config.hash())) {
      const HostReserved* reserved = cluster_.find_reservation(host);
      if (reserved->until > context_.now)
        add(WaitKind::Host, "host " + host.value() + ", which is kept for its configuration while others go", reserved->until);
    }
  }

  void add_partitioned(const Task& task) {
    const PartitionPolicy policy = task.config->partition_policy.value_or(PartitionPolicy{});
    const std::string text = "host " + task.host.value() + " to be heard again";
    if (!policy.reschedule) return add(WaitKind::Host, text);
    constexpr int64_t kDelaySecsMax = int64_t{10} * 366 * 24 * 3600;
    add(WaitKind::Host, text + "; then it is given up",
        since(task) + seconds(std::clamp<int64_t>(policy.delay_secs, 0, kDelaySecsMax)));
  }

  void add_watch(const Task& task) {
    const JobUpdate* update = cluster_.find_active_update(task.job());
    const UpdateProgress* progress = update == nullptr ? nullptr : cluster_.find_progress(update->key);
    if (progress != nullptr && progress->working.contains(task.instance_id)) add_working(*update, *progress, task.instance_id);
  }

  void add_drain(const Task& task) {
    const Host* host = cluster_.find_host(task.host);
    if (host == nullptr || host->mode != MaintenanceMode::Draining || !host->drain) return;
    add(WaitKind::Drain, "host " + host->id.value() + " is being drained by " + host->drain->user + ": its turn to leave",
        forced_at(*host->drain, settings_));
  }

  void add_working(const JobUpdate& update, const UpdateProgress& progress, int32_t id) {
    const std::string name = "instance " + std::to_string(id);
    if (const auto held = progress.sla_waits.find(id); held != progress.sla_waits.end()) {
      add(WaitKind::Sla, name + ": its SLA policy does not allow to end the task that runs", held->second.look_at);
      return;
    }
    const Task* task = cluster_.find_active({update.key.job, id});
    if (task == nullptr) return;
    const Duration watch = milliseconds(update.instructions.settings.min_wait_in_instance_running_ms);
    if (judge(find_desired(update, id), task, watch, context_.now) == Verdict::WaitWatch) {
      add(WaitKind::Watch, name + ": it must stay up for " + span_text(watch), watch_end(*task, watch));
    } else if (task->status == TaskStatus::Pending) {
      const PendingReason* reason = cluster_.find_pending_reason(task->config.hash());
      add(WaitKind::Host, name + ": a host" + (reason == nullptr ? "" : ": " + to_sentence(*reason)));
    } else if (task->status != TaskStatus::Running) {
      add(WaitKind::Host, name + ": it is " + std::string(enum_name(task->status)) +
                              (task->host.empty() ? "" : " on " + task->host.value()));
    }
  }

  const Cluster& cluster_;
  const ExplainContext& context_;
  const SchedulerSettings& settings_;
  std::vector<ExplainedWait>& waits_;
};

}  // namespace

void add_waits(const Cluster& cluster, const Task& task, const ExplainContext& context, std::vector<ExplainedWait>& waits) {
  Waits(cluster, context, waits).add_task(task);
}

void add_waits(const Cluster& cluster, const JobUpdate& update, const ExplainContext& context,
               std::vector<ExplainedWait>& waits) {
  Waits(cluster, context, waits).add_update(update);
}

}  // namespace aurora::core

#include "scheduler/change_counters.h"

namespace aurora::scheduler {

using namespace core;

void ChangeCounters::observe(const Cluster& before, const Change& change) {
  if (const auto task = find_task_after(before, change)) {
    count_move(before, *task);
  } else if (const auto* deleted = std::get_if<TaskDeleted>(&change)) {
    const Task* known = before.find_task(deleted->task_id);  // one that waited was killed, not pruned
    if (known != nullptr && is_terminal(known->status)) counters_.add("tasks_pruned");
  } else if (std::holds_alternative<UpdateDeleted>(change)) {
    counters_.add("job_updates_pruned");
  } else if (const auto* event = std::get_if<UpdateEventAdded>(&change)) {
    counters_.add("update_transition_" + std::string(enum_name(event->event.status)));
  } else if (const auto* event = std::get_if<InstanceEventAdded>(&change)) {
    counters_.add("update_instance_transition_" + std::string(enum_name(event->event.action)));
    if (event->event.message == "SLA check passed, continuing.")
      things_.add("updates_sla_kill_success_" + to_string(event->key.job));
  } else if (const auto* progressed = std::get_if<UpdateProgressed>(&change)) {
    count_attempts(before, *progressed);
  } else if (std::holds_alternative<HostSeen>(change)) {
    counters_.add("scheduler_resource_offers");
  } else if (std::holds_alternative<HostGone>(change)) {
    counters_.add("slaves_lost");
  }
}

void ChangeCounters::count_move(const Cluster& before, const TaskAfter& task) {
  if (task.status == TaskStatus::Pending) return count_throttled(before, task);
  if (task.status == TaskStatus::Preempting) things_.add("preemptor_tasks_preempted_" + to_string(task.record.job()));
  if (task.status != TaskStatus::Lost && task.status != TaskStatus::Failed) return;
  const Task* known = before.find_task(task.record.id);
  if (known != nullptr && known->status == task.status) return;
  things_.add("tasks_" + std::string(enum_name(task.status)) + "_" + to_string(task.record.job()));
  if (task.status != TaskStatus::Lost) return;
  const Host* host = before.find_host(task.host);
  if (host == nullptr) return;
  for (const std::string name : {"rack", "dedicated"}) {
    const auto values = host->attributes.find(name);
    if (values == host->attributes.end()) continue;
    for (const std::string& value : values->second) things_.add(normalise_figure_name("tasks_lost_" + name + "_" + value));
  }
}

void ChangeCounters::count_attempts(const Cluster& before, const UpdateProgressed& progressed) {
  const UpdateProgress* known = before.find_progress(progressed.key);
  const int64_t more = progressed.progress->sla_attempts - (known == nullptr ? 0 : known->sla_attempts);
  if (more > 0) things_.add("updates_sla_kill_attempt_" + to_string(progressed.key.job), more);
}

void ChangeCounters::count_throttled(const Cluster& before, const TaskAfter& task) {
  const Task* known = before.find_task(task.record.id);
  if (known == nullptr || known->status != TaskStatus::Throttled) return;
  counters_.add("task_throttle_events");
  counters_.add("task_throttle_ms_total", (task.since - known->events.back().timestamp).ms);
}

// Monitoring reads these before anything has happened, too.
void ChangeCounters::begin_at_zero() {
  for (const char* name :
       {"timed_out_tasks", "task_kill_retries", "tasks_pruned", "job_updates_pruned", "slaves_lost",
        "task_throttle_events", "task_throttle_ms_total", "scheduler_illegal_task_state_transitions",
        "scheduler_resource_offers", "schedule_attempts_fired", "schedule_attempts_no_match",
        "schedule_attempts_failed", "scheduled_task_penalty_events", "scheduled_task_penalty_ms_total",
        "task_schedule_attempt_events", "task_schedule_attempt_nanos_total", "assigner_launch_failures", "cron_job_triggers", "cron_job_collisions", "cron_job_concurrent_runs",
        "cron_job_misfires", "cron_job_parse_failures", "cron_job_launch_failures", "cron_job_missed_runs",
        "schedule_waits_for_outbox", "scheduling_veto_static", "scheduling_veto_dynamic",
        "preemptor_slot_search_attempts_for_prod", "preemptor_slot_search_attempts_for_non_prod",
        "preemptor_slot_search_successful_for_prod", "preemptor_slot_search_successful_for_non_prod",
        "preemptor_slot_search_failed_for_prod", "preemptor_slot_search_failed_for_non_prod",
        "preemptor_tasks_preempted_prod", "preemptor_tasks_preempted_non_prod", "reconciliation_explicit_runs",
        "reconciliation_implicit_runs", "scheduler_backup_success", "scheduler_backup_failed", "storage_write_lock_wait_events", "storage_write_lock_wait_ns_total",
        "sla_coordinator_attempts", "sla_coordinator_success", "sla_coordinator_errors", "sla_coordinator_user_errors",
        "sla_coordinator_lock_starvation", "scheduler_log_native_append_events", "scheduler_log_native_append_nanos_total"}) {
    counters_.add(name, 0);
  }
}

}  // namespace aurora::scheduler

#include "scheduler/change_counters.h"

namespace aurora::scheduler {

using namespace core;

void ChangeCounters::observe(const Cluster& before, const Change& change) {
  if (const auto* saved = std::get_if<TaskSaved>(&change)) {
    tasks_changed_ = true;
    count_move(before, saved->task);
  } else if (std::holds_alternative<TaskDeleted>(change)) {
    tasks_changed_ = true;
    counters_.add("tasks_pruned");
  } else if (std::holds_alternative<UpdateDeleted>(change)) {
    counters_.add("job_updates_pruned");
  } else if (const auto* event = std::get_if<UpdateEventAdded>(&change)) {
    counters_.add("update_transition_" + std::string(enum_name(event->event.status)));
  } else if (const auto* event = std::get_if<InstanceEventAdded>(&change)) {
    counters_.add("update_instance_transition_" + std::string(enum_name(event->event.action)));
  } else if (std::holds_alternative<HostSeen>(change)) {
    counters_.add("scheduler_resource_offers");
  } else if (std::holds_alternative<HostGone>(change)) {
    counters_.add("slaves_lost");
  }
}

void ChangeCounters::count_move(const Cluster& before, const Task& task) {
  if (task.status != TaskStatus::Lost && task.status != TaskStatus::Failed) return;
  const Task* known = before.find_task(task.id);
  if (known != nullptr && known->status == task.status) return;
  counters_.add("tasks_" + std::string(enum_name(task.status)) + "_" + to_string(task.job()));
  if (task.status != TaskStatus::Lost) return;
  const Host* host = before.find_host(task.host);
  if (host == nullptr) return;
  for (const std::string name : {"rack", "dedicated"}) {
    const auto values = host->attributes.find(name);
    if (values == host->attributes.end()) continue;
    for (const std::string& value : values->second) counters_.add("tasks_lost_" + name + "_" + value);
  }
}

void ChangeCounters::publish(const Cluster& cluster) {
  if (tasks_changed_) publish_all(cluster);
}

void ChangeCounters::publish_all(const Cluster& cluster) {
  tasks_changed_ = false;
  for (const auto& entry : EnumNames<TaskStatus>::values) {
    if (entry.value == TaskStatus::Deleted) continue;
    counters_.set("task_store_" + std::string(entry.name),
                  static_cast<double>(cluster.task_count(entry.value)));
  }
}

}  // namespace aurora::scheduler

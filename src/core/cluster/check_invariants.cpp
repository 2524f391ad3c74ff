#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

using Violation = std::optional<std::string>;

Violation check_records(const TaskTable& tasks) {
  std::map<InstanceKey, TaskId> active;
  for (const auto& [id, task] : tasks) {
    const std::string name = "task " + id.value();
    if (task.id != id) return name + " is filed under another id";
    if (task.events.empty()) return name + " has no events";
    if (task.events.back().status != task.status) {
      return name + " is " + std::string(enum_name(task.status)) + " but its last event says " +
             std::string(enum_name(task.events.back().status));
    }
    if (is_assigned(task.status) && task.host.empty()) return name + " is assigned to no host";
    if (!is_assigned(task.status) && is_active(task.status) && !task.host.empty()) {
      return name + " waits and yet has a host";
    }
    if (!is_active(task.status)) continue;
    const auto [other, is_first] = active.try_emplace(task.instance(), id);
    if (!is_first) {
      return "instance " + to_string(task.instance()) + " is occupied by " + other->second.value() +
             " and by " + id.value();
    }
  }
  return std::nullopt;
}

Violation check_ports(const Host& host, const HostEntry& entry) {
  for (const auto& [port, holders] : entry.ports) {
    if (holders > 1)
      return "host " + host.id.value() + " has promised port " + std::to_string(port) + " twice";
  }
  return std::nullopt;
}

Violation check_room(const Host& host, const HostEntry& entry) {
  const ResourceTotals left = subtract(host.capacity, entry.used);
  if (left.cpus < 0 || left.ram_mb < 0 || left.disk_mb < 0 || left.gpus < 0 || left.ports < 0) {
    return "host " + host.id.value() + " has promised more than it has: " + std::to_string(left.cpus) +
           " cpus, " + std::to_string(left.ram_mb) + " MB RAM, " + std::to_string(left.disk_mb) +
           " MB disk, " + std::to_string(left.gpus) + " gpus, " + std::to_string(left.ports) +
           " ports are left";
  }
  return std::nullopt;
}

Violation check_updates(const std::map<UpdateKey, JobUpdate>& updates,
                        const std::map<JobKey, UpdateKey>& active) {
  size_t active_count = 0;
  for (const auto& [key, update] : updates) {
    const std::string name = "update " + to_string(key);
    if (update.key != key) return name + " is filed under another key";
    if (update.events.empty()) return name + " has no events";
    if (!is_active(status_of(update))) continue;
    ++active_count;
    const auto indexed = active.find(key.job);
    if (indexed == active.end()) return name + " is active but not indexed";
    if (indexed->second != key) return name + " and " + to_string(indexed->second) + " are both active";
  }
  if (active_count != active.size()) return "the index of active updates names updates that are over";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Cluster::check_invariants() const {
  const Tables& tables = *tables_;
  if (Violation found = check_records(tables.tasks)) return found;

  TaskIndex rebuilt(tables.tasks, tables.overhead);
  ConfigPool configs;
  for (const auto& [id, task] : tables.tasks) {
    rebuilt.add(task, tables.find_host(task.host));
    configs.take(task.config);
  }
  if (!(rebuilt == tables.index)) return "the index of tasks does not agree with the tasks";

  for (const auto& [id, entry] : rebuilt.hosts()) {
    const Host* host = tables.find_host(id);
    if (host == nullptr) continue;
    if (Violation found = check_ports(*host, entry)) return found;
  }
  for (const auto& [id, host] : tables.hosts) {
    if (!tables.room.agrees(host, tables.is_connected(id), tables.available(id))) {
      return "the index of room does not agree with host " + id.value();
    }
  }
  if (Violation found = check_updates(tables.updates, tables.active_updates)) return found;
  for (const auto& [key, update] : tables.updates) {
    for (const InstanceTaskConfig& part : update.instructions.initial_state) configs.take(part.task);
    if (update.instructions.desired_state) configs.take(update.instructions.desired_state->task);
  }
  if (configs.size() != tables.configs.size()) return "configurations are kept that nothing uses";

  for (const auto& [id, entry] : rebuilt.hosts()) {
    const Host* host = tables.find_host(id);
    if (host == nullptr) continue;
    if (Violation found = check_room(*host, entry)) return found;
  }
  return std::nullopt;
}

}  // namespace aurora::core

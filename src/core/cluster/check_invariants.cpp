#include "core/cluster/index_facts.h"
#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

using Violation = std::optional<std::string>;

Violation check_records(const OrderedTable<TaskRecord>& tasks) {
  std::map<InstanceKey, TaskId> active;
  for (const Slot slot : tasks.in_order()) {
    const Task& task = tasks[slot].task;
    const TaskId& id = task.id;
    const std::string name = "task " + id.value();
    if (tasks.find(id) != slot) return name + " is filed under another id";
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

Violation check_ports(const OrderedTable<HostRecord>& hosts) {
  for (const Slot slot : hosts.in_order()) {
    const HostRecord& record = hosts[slot];
    for (const PortUse& use : record.ports) {
      if (record.host && use.holders > 1)
        return "host " + record.id.value() + " has promised port " + std::to_string(use.port) + " twice";
    }
  }
  return std::nullopt;
}

// What is left without the tasks outside production, added up from the records.
ResourceTotals cleared_by_records(const Cluster& cluster, const HostRecord& host, const ExecutorOverhead& overhead) {
  HostUsage yielding;
  for (const Task* task : cluster.list_host_tasks(host.id)) {
    if (!task->config->production) yielding += usage_of(cost_on_host(*task->config, overhead));
  }
  HostUsage given_back;
  given_back -= yielding;
  return subtract(cluster.available(host.id), given_back);
}

Violation check_index_of_room(const Cluster& cluster, const OrderedTable<HostRecord>& hosts,
                              const HostIndex& room, const ExecutorOverhead& overhead) {
  if (!room.is_in_order()) return "the order of hosts does not agree with what they have left";
  for (const Slot slot : hosts.in_order()) {
    const HostRecord& record = hosts[slot];
    if (!record.host) continue;
    const ResourceTotals cleared = cleared_by_records(cluster, record, overhead);
    if (!room.agrees(record.position, *record.host, record.is_connected(), cluster.available(record.id), cleared))
      return "the index of room does not agree with host " + record.id.value();
    if (!room.agrees(record.position, record.attributes))
      return "the index of room does not know the attributes of host " + record.id.value();
  }
  return std::nullopt;
}

// What is kept for whom, in the index as in the records.
Violation check_kept(const OrderedTable<HostRecord>& hosts, const HostIndex& room,
                     const std::map<HostId, HostReserved>& reservations, const std::map<InstanceKey, InstanceKept>& kept) {
  std::map<HostId, size_t> coming_back;
  for (const auto& [instance, record] : kept) ++coming_back[record.host];
  for (const Slot slot : hosts.in_order()) {
    const HostRecord& record = hosts[slot];
    if (!record.host) continue;
    const auto reserved = reservations.find(record.id);
    if (room.reservation_at(record.position) != (reserved == reservations.end() ? nullptr : &reserved->second))
      return "the index of room does not agree for whom host " + record.id.value() + " is reserved";
    const auto instances = coming_back.find(record.id);
    if (room.kept_at(record.position) != (instances == coming_back.end() ? 0 : instances->second))
      return "the index of room does not agree how many instances come back to host " + record.id.value();
  }
  return std::nullopt;
}

Violation check_attributes(const OrderedTable<HostRecord>& hosts, const AttributePool& pool) {
  std::set<Attribute> in_use;
  for (const Slot slot : hosts.in_order()) {
    const HostRecord& record = hosts[slot];
    if (!record.host) continue;
    std::set<Attribute> of_host;
    for (const auto& [name, values] : record.host->attributes) {
      for (const std::string& value : values) of_host.insert({name, value});
    }
    std::set<Attribute> kept;
    for (const auto& [name, value] : record.attributes) {
      if (pool.find_name(pool[value].name) != name)
        return "an attribute of host " + record.id.value() + " has another name";
      kept.insert(pool[value]);
    }
    if (kept != of_host)
      return "the attributes of host " + record.id.value() + " are others than its record's";
    in_use.merge(of_host);
  }
  if (in_use.size() != pool.size()) return "attributes are kept that no host has";
  return std::nullopt;
}

Violation check_room(const OrderedTable<HostRecord>& hosts) {
  for (const Slot slot : hosts.in_order()) {
    const HostRecord& record = hosts[slot];
    if (!record.host) continue;
    const ResourceTotals left = subtract(record.host->capacity, record.used);
    if (left.cpus >= 0 && left.ram_mb >= 0 && left.disk_mb >= 0 && left.gpus >= 0 && left.ports >= 0 &&
        left.revocable_cpus >= 0)
      continue;
    return "host " + record.id.value() + " has promised more than it has: " + std::to_string(left.cpus) +
           " cpus, " + std::to_string(left.ram_mb) + " MB RAM, " + std::to_string(left.disk_mb) +
           " MB disk, " + std::to_string(left.gpus) + " gpus, " + std::to_string(left.ports) +
           " ports, " + std::to_string(left.revocable_cpus) + " revocable cpus are left";
  }
  return std::nullopt;
}

Violation check_connected(const OrderedTable<HostRecord>& hosts, size_t count) {
  size_t connected = 0;
  for (const Slot slot : hosts.in_order()) connected += hosts[slot].is_connected() ? 1 : 0;
  if (connected != count) return "the number of connected hosts does not agree with their sessions";
  return std::nullopt;
}

// As a walk over all events would find them.
Violation check_instance_events(const Cluster& cluster, const JobUpdate& update) {
  std::map<int32_t, std::vector<const InstanceUpdateEvent*>> of_instance;
  for (const InstanceUpdateEvent& event : update.instance_events) of_instance[event.instance_id].push_back(&event);
  for (const auto& [instance, events] : of_instance) {
    if (cluster.list_instance_events(update.key, instance) != events)
      return "the index of events of instance " + std::to_string(instance) + " does not agree with update " + to_string(update.key);
  }
  return std::nullopt;
}

Violation check_updates(const Cluster& cluster, const std::map<UpdateKey, JobUpdate>& updates,
                        const std::map<JobKey, UpdateKey>& active) {
  size_t active_count = 0;
  for (const auto& [key, update] : updates) {
    const std::string name = "update " + to_string(key);
    if (update.key != key) return name + " is filed under another key";
    if (update.events.empty()) return name + " has no events";
    if (!is_active(status_of(update))) continue;
    ++active_count;
    if (Violation found = check_instance_events(cluster, update)) return found;
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
  if (Violation found = check_records(tables.index.tasks())) return found;
  if (Violation found = find_disagreement(tables.index, tables.cron_jobs, tables.overhead)) return found;
  for (const auto& [key, progress] : tables.cron_progress) {
    if (!tables.cron_jobs.contains(key)) return "progress is kept of " + to_string(key) + ", which is no cron job";
  }
  if (Violation found = check_ports(tables.hosts)) return found;
  if (Violation found = check_index_of_room(*this, tables.hosts, tables.room, tables.overhead)) return found;
  if (Violation found = check_kept(tables.hosts, tables.room, tables.reservations, tables.kept)) return found;
  if (Violation found = check_attributes(tables.hosts, tables.attributes)) return found;
  if (Violation found = check_connected(tables.hosts, tables.connected_hosts)) return found;
  if (Violation found = check_updates(*this, tables.updates, tables.active_updates)) return found;
  std::set<ConfigHash> configs;
  for (const Slot slot : tables.index.tasks().in_order())
    configs.insert(tables.index.tasks()[slot].task.config.hash());
  for (const auto& [key, update] : tables.updates) {
    for (const InstanceTaskConfig& part : update.instructions.initial_state) configs.insert(part.task.hash());
    if (update.instructions.desired_state) configs.insert(update.instructions.desired_state->task.hash());
  }
  if (configs.size() != tables.configs.size()) return "configurations are kept that nothing uses";
  return check_room(tables.hosts);
}

}  // namespace aurora::core

#include "core/cluster/task_index.h"

#include <algorithm>
#include <cmath>

namespace aurora::core {
namespace {

// First come, first served. Where several came at once (a job, a restart), by instance.
bool comes_before(const WaitingTask& a, const WaitingTask& b) {
  if (a.since != b.since) return a.since < b.since;
  if (a.instance_id != b.instance_id) return a.instance_id < b.instance_id;
  return a.task->id < b.task->id;
}

bool is_before(const ActiveTask& a, const ActiveTask& b) {
  return a.instance_id != b.instance_id ? a.instance_id < b.instance_id : a.task.index < b.task.index;
}

bool has_limits(const TaskConfig& config) {
  return std::any_of(config.constraints.begin(), config.constraints.end(), [](const Constraint& constraint) {
    return std::holds_alternative<LimitConstraint>(constraint.constraint);
  });
}

WaitingTask waiting(const Task& task) { return {last_event_of(task), task.instance_id, &task}; }

void count_port(std::vector<PortUse>& ports, int32_t number, int32_t delta) {
  auto use = std::lower_bound(ports.begin(), ports.end(), number,
                              [](const PortUse& a, int32_t port) { return a.port < port; });
  if (use == ports.end() || use->port != number) use = ports.insert(use, {number, 0});
  use->holders += delta;
  if (use->holders == 0) ports.erase(use);
}

void add(QuotaUse& sum, const QuotaUse& of_one, int64_t count) {
  sum += {of_one.micro_cpus * count, of_one.ram_mb * count, of_one.disk_mb * count};
}

}  // namespace

HostUsage& HostUsage::operator+=(const HostUsage& more) {
  micro_cpus += more.micro_cpus;
  ram_mb += more.ram_mb;
  disk_mb += more.disk_mb;
  gpus += more.gpus;
  ports += more.ports;
  micro_revocable_cpus += more.micro_revocable_cpus;
  return *this;
}

HostUsage& HostUsage::operator-=(const HostUsage& less) {
  micro_cpus -= less.micro_cpus;
  ram_mb -= less.ram_mb;
  disk_mb -= less.disk_mb;
  gpus -= less.gpus;
  ports -= less.ports;
  micro_revocable_cpus -= less.micro_revocable_cpus;
  return *this;
}

HostUsage usage_of(const ResourceTotals& cost) {
  return {to_micro_cpus(cost.cpus),          cost.ram_mb, cost.disk_mb, cost.gpus, cost.ports,
          to_micro_cpus(cost.revocable_cpus)};
}

ResourceTotals subtract(const ResourceTotals& capacity, const HostUsage& used) {
  const auto left = [](double cpus, int64_t micro_used) {
    return static_cast<double>(to_micro_cpus(cpus) - micro_used) / 1e6;
  };
  return {left(capacity.cpus, used.micro_cpus), capacity.ram_mb - used.ram_mb,
          capacity.disk_mb - used.disk_mb,      capacity.gpus - used.gpus,
          capacity.ports - used.ports,          left(capacity.revocable_cpus, used.micro_revocable_cpus)};
}

void SlotCounts::add(Slot slot, int32_t delta) {
  auto entry = std::lower_bound(counts_.begin(), counts_.end(), slot.index,
                                [](const SlotCount& a, uint32_t index) { return a.slot.index < index; });
  if (entry == counts_.end() || entry->slot.index != slot.index) entry = counts_.insert(entry, {slot, 0});
  AURORA_CHECK(entry->slot == slot);
  entry->count += delta;
  if (entry->count == 0) counts_.erase(entry);
}

int32_t SlotCounts::of(Slot slot) const {
  const auto entry =
      std::lower_bound(counts_.begin(), counts_.end(), slot.index,
                       [](const SlotCount& a, uint32_t index) { return a.slot.index < index; });
  return entry != counts_.end() && entry->slot == slot ? entry->count : 0;
}

Slot ConfigPool::take(const TaskConfigRef& config) {
  const Slot slot = configs_.find_or_insert(config.hash());
  ConfigRecord& record = configs_[slot];
  if (record.users++ == 0) {
    record.config = config;
    record.cost = cost_on_host(*config, overhead_);
    record.usage = usage_of(record.cost);
    record.quota_class = quota_class_of(*config);
    record.asked = use_of(*config);
  }
  return slot;
}

TaskConfigRef ConfigPool::share(const TaskConfigRef& config) {
  return config.empty() ? config : configs_[take(config)].config;
}

void ConfigPool::give_back(Slot config) {
  if (--configs_[config].users == 0) configs_.erase(config);
}

void ConfigPool::give_back(const TaskConfigRef& config) {
  if (!config.empty()) give_back(configs_.find(config.hash()));
}

auto TaskIndex::by_end() const {
  return [this](const TerminalTask& a, const TerminalTask& b) {
    return a.at != b.at ? a.at < b.at : tasks_.by_key()(a.task, b.task);
  };
}

std::optional<Slot> TaskIndex::save(Task task) {
  Slot slot = tasks_.find(task.id);
  if (!slot.empty() &&
      tasks_[slot].task.config != task.config) {  // another configuration, perhaps another job
    erase(slot);
    slot = {};
  }
  if (slot.empty()) {
    slot = add(std::move(task));
    enter(slot, {});
    return tasks_[slot].host;
  }
  TaskRecord& record = tasks_[slot];
  if (is_assigned(task.status)) note_served(record, last_event_of(task));
  const Slot host = task.host.empty() ? Slot{} : hosts_.find_or_insert(task.host);
  const Places places = changed_places(record, task, host);
  leave(slot, places);
  const TaskConfigRef config = record.task.config;
  const std::vector<TaskEvent> known = std::move(record.task.events);
  record.task = std::move(task);
  record.task.config = config;
  record.host = host;
  share_texts(record, known);
  enter(slot, places);
  return places.assigned ? std::optional(host) : std::nullopt;
}

bool TaskIndex::move(Slot slot, const TaskMoved& change) {
  TaskRecord& record = tasks_[slot];
  Task& task = record.task;
  const auto index = static_cast<size_t>(change.index);
  AURORA_CHECK(change.index >= 0 && index <= task.events.size());
  if (index < task.events.size()) return false;
  const TaskMove& move = change.move;
  if (is_assigned(move.event.status)) note_served(record, move.event.timestamp);
  const Slot host = move.assignment ? hosts_.find_or_insert(move.assignment->host) : record.host;
  const Places places = moved_places(record, move, host);
  leave(slot, places);
  core::apply(move, task);
  record.host = host;
  if (move.assignment) task.host = hosts_[host].id;
  TaskEvent& event = task.events.back();
  event.message = texts_.share(event.message);
  event.scheduler = texts_.share(event.scheduler);
  event.facts = texts_.share(event.facts);
  enter(slot, places);
  return places.assigned;
}

Slot TaskIndex::add(Task task) {
  TaskRecord record;
  record.config = configs_.take(task.config);
  record.job = find_or_insert_job(task.job());
  if (!task.host.empty()) record.host = hosts_.find_or_insert(task.host);
  record.task = std::move(task);
  record.task.config = configs_[record.config].config;
  share_texts(record, {});
  const Slot job = record.job;
  const Slot slot = tasks_.insert(std::move(record));
  if (jobs_[job].tasks.empty()) ++roles_[jobs_[job].role].jobs;
  jobs_[job].tasks.insert(slot, tasks_.by_key());
  return slot;
}

// Of events that are known the texts are shared already.
void TaskIndex::share_texts(TaskRecord& record, const std::vector<TaskEvent>& known) {
  Task& task = record.task;
  if (!record.host.empty()) task.host = hosts_[record.host].id;
  for (size_t i = 0; i < task.events.size(); ++i) {
    TaskEvent& event = task.events[i];
    if (i < known.size() && event == known[i]) {
      event = known[i];
      continue;
    }
    event.message = texts_.share(event.message);
    event.scheduler = texts_.share(event.scheduler);
    event.facts = texts_.share(event.facts);
  }
}

void TaskIndex::erase(Slot slot) {
  leave(slot, {});
  const TaskRecord& record = tasks_[slot];
  JobRecord& job = jobs_[record.job];
  job.tasks.erase(slot, tasks_.by_key());
  if (job.tasks.empty()) {
    --roles_[job.role].jobs;
    drop_if_unused(record.job);
  }
  configs_.give_back(record.config);
  tasks_.erase(slot);
}

Slot TaskIndex::find_or_insert_job(const JobKey& key) {
  if (const Slot known = jobs_.find(key); !known.empty()) return known;
  const Slot role = roles_.find_or_insert(key.role);
  ++roles_[role].records;
  return jobs_.insert({.job = key, .role = role});
}

void TaskIndex::drop_if_unused(Slot slot) {
  const JobRecord& job = jobs_[slot];
  if (job.is_cron || !job.tasks.empty()) return;
  if (--roles_[job.role].records == 0) roles_.erase(job.role);
  jobs_.erase(slot);
}

void TaskIndex::set_cron(const JobConfiguration& job) {
  JobRecord& record = jobs_[find_or_insert_job(job.key)];
  RoleRecord& role = roles_[record.role];
  const auto [entry, is_new] = cron_uses_.try_emplace(job.key);
  CronUse& cron = entry->second;
  if (is_new) {
    record.is_cron = true;
    role.crons += 1;
    for (const auto& [slot, count] : record.active_configs.all())
      core::add(cron.active[configs_[slot].quota_class], configs_[slot].asked, count);
  } else {
    role.cron_use -= cron.beyond_active();
  }
  cron.run = {};
  cron.run[quota_class_of(job.task_config)] = use_of(job.task_config, job.instance_count);
  role.cron_use += cron.beyond_active();
}

void TaskIndex::drop_cron(const JobKey& key) {
  const auto cron = cron_uses_.find(key);
  if (cron == cron_uses_.end()) return;
  const Slot slot = jobs_.find(key);
  RoleRecord& role = roles_[jobs_[slot].role];
  role.cron_use -= cron->second.beyond_active();
  role.crons -= 1;
  jobs_[slot].is_cron = false;
  cron_uses_.erase(cron);
  drop_if_unused(slot);
}

TaskIndex::Places TaskIndex::changed_places(const TaskRecord& before, const Task& after, Slot host) {
  const Task& task = before.task;
  const bool is_status_new = task.status != after.status;
  const bool is_time_new = last_event_of(task) != last_event_of(after);
  Places places;
  places.status = is_status_new;
  places.active = is_active(task.status) != is_active(after.status) || task.instance_id != after.instance_id;
  places.terminal = is_terminal(task.status) != is_terminal(after.status) || is_time_new;
  places.waiting = (task.status == TaskStatus::Pending) != (after.status == TaskStatus::Pending) ||
                   is_time_new || task.instance_id != after.instance_id;
  places.host = before.host != host;
  places.assigned = is_assigned(task.status) != is_assigned(after.status) || places.host ||
                    task.assigned_ports != after.assigned_ports;
  return places;
}

TaskIndex::Places TaskIndex::moved_places(const TaskRecord& before, const TaskMove& move, Slot host) {
  const TaskStatus left = before.task.status;
  const TaskStatus entered = move.event.status;
  const bool is_time_new = last_event_of(before.task) != move.event.timestamp;
  Places places;
  places.status = left != entered;
  places.active = is_active(left) != is_active(entered);
  places.terminal = is_terminal(left) != is_terminal(entered) || is_time_new;
  places.waiting = (left == TaskStatus::Pending) != (entered == TaskStatus::Pending) || is_time_new;
  places.host = before.host != host;
  places.assigned = is_assigned(left) != is_assigned(entered) || move.assignment.has_value();
  return places;
}

void TaskIndex::note_active(JobRecord& job, const TaskRecord& record, int32_t delta) {
  job.active_configs.add(record.config, delta);
  const ConfigRecord& config = configs_[record.config];
  RoleRecord& role = roles_[job.role];
  core::add(role.active_use[config.quota_class], config.asked, delta);
  if (!job.is_cron) return;
  CronUse& cron = cron_uses_.at(job.job);
  role.cron_use -= cron.beyond_active();
  core::add(cron.active[config.quota_class], config.asked, delta);
  role.cron_use += cron.beyond_active();
}

void TaskIndex::enter(Slot slot, const Places& places) {
  TaskRecord& record = tasks_[slot];
  const Task& task = record.task;
  JobRecord& job = jobs_[record.job];
  if (places.status) enter_status(slot, record);
  if (places.active && is_active(task.status)) {
    job.active.insert({task.instance_id, slot}, is_before);
    note_active(job, record, 1);
  }
  if (places.terminal && is_terminal(task.status)) job.terminal.insert({last_event_of(task), slot}, by_end());
  if (places.waiting && task.status == TaskStatus::Pending) enter_queue(record);
  if (record.host.empty()) return;
  HostRecord& host = hosts_[record.host];
  if (places.host) host.tasks.insert(slot, tasks_.by_key());
  if (places.told) host.expected.add(task);
  if (places.assigned && is_assigned(task.status)) {
    host.assigned.insert(slot, tasks_.by_key());
    use(record, 1);
  }
}

void TaskIndex::leave(Slot slot, const Places& places) {
  TaskRecord& record = tasks_[slot];
  const Task& task = record.task;
  JobRecord& job = jobs_[record.job];
  if (places.status) leave_status(record);
  if (places.active && is_active(task.status)) {
    job.active.erase({task.instance_id, slot}, is_before);
    note_active(job, record, -1);
  }
  if (places.terminal && is_terminal(task.status)) job.terminal.erase({last_event_of(task), slot}, by_end());
  if (places.waiting && task.status == TaskStatus::Pending) leave_queue(record);
  if (record.host.empty()) return;
  HostRecord& host = hosts_[record.host];
  if (places.host) host.tasks.erase(slot, tasks_.by_key());
  if (places.told) host.expected.remove(task);
  if (places.assigned && is_assigned(task.status)) {
    host.assigned.erase(slot, tasks_.by_key());
    use(record, -1);
  }
}

void TaskIndex::enter_status(Slot slot, TaskRecord& record) {
  const TaskStatus status = record.task.status;
  std::vector<Slot>& list = statuses_[static_cast<size_t>(status)];
  if (status_at_.size() <= slot.index) status_at_.resize(2 * size_t{slot.index} + 1);
  status_at_[slot.index] = status;
  record.status_position = static_cast<uint32_t>(list.size());
  list.push_back(slot);
  JobRecord& job = jobs_[record.job];
  counts_.add(status, 1);
  job.counts.add(status, 1);
  roles_[job.role].counts.add(status, 1);
}

void TaskIndex::leave_status(TaskRecord& record) {
  const TaskStatus status = record.task.status;
  std::vector<Slot>& list = statuses_[static_cast<size_t>(status)];
  list[record.status_position] = list.back();
  tasks_[list.back()].status_position = record.status_position;
  list.pop_back();
  JobRecord& job = jobs_[record.job];
  counts_.add(status, -1);
  job.counts.add(status, -1);
  roles_[job.role].counts.add(status, -1);
}

void TaskIndex::enter_queue(const TaskRecord& record) {
  ConfigRecord& config = configs_[record.config];
  if (config.waiting == nullptr) {
    const auto entry = pending_.try_emplace(config.hash).first;
    config.waiting = &entry->second;
    config.waiting->cost = config.cost;
    config.waiting->has_limits = has_limits(*config.config);
    config.waiting->need_at = pending_needs_.size();
    pending_needs_.push_back({.cost = config.cost,
                              .has_limits = config.waiting->has_limits,
                              .since = {},
                              .hash = &entry->first,
                              .group = config.waiting});
  }
  config.waiting->insert(waiting(record.task), comes_before);
  note_since(*config.waiting);
}

void TaskIndex::leave_queue(const TaskRecord& record) {
  ConfigRecord& config = configs_[record.config];
  config.waiting->erase(waiting(record.task), comes_before);
  if (!config.waiting->empty()) return note_since(*config.waiting);
  const size_t hole = config.waiting->need_at;
  pending_needs_[hole] = pending_needs_.back();
  pending_.at(*pending_needs_[hole].hash).need_at = hole;
  pending_needs_.pop_back();
  pending_.erase(config.hash);
  config.waiting = nullptr;
}

void TaskIndex::note_served(const TaskRecord& before, Instant at) {
  if (before.task.status == TaskStatus::Pending) configs_[before.config].waiting->served = at;
}

void TaskIndex::note_since(const PendingGroup& group) {
  pending_needs_[group.need_at].since = std::max(group.front().since, group.served);
}

void TaskIndex::use(const TaskRecord& record, int32_t delta) {
  HostRecord& host = hosts_[record.host];
  const ConfigRecord& config = configs_[record.config];
  const bool yields = !config.config->production;
  if (delta > 0) {
    host.used += config.usage;
    if (yields) host.yielding += config.usage;
  } else {
    host.used -= config.usage;
    if (yields) host.yielding -= config.usage;
  }
  for (const auto& [name, number] : record.task.assigned_ports) count_port(host.ports, number, delta);
  JobRecord& job = jobs_[record.job];
  for (const HostAttribute& attribute : host.attributes) job.attributes.add(attribute.value, delta);
}

void TaskIndex::set_attributes(HostRecord& host,
                               const std::map<std::string, std::set<std::string>>& attributes) {
  std::vector<HostAttribute> taken = attributes_.take(attributes);
  for (const Slot task : host.assigned) {
    JobRecord& job = jobs_[tasks_[task].job];
    for (const HostAttribute& attribute : taken) job.attributes.add(attribute.value, 1);
    for (const HostAttribute& attribute : host.attributes) job.attributes.add(attribute.value, -1);
  }
  attributes_.give_back(host.attributes);
  host.attributes = std::move(taken);
}

}  // namespace aurora::core

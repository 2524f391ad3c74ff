#include "aurora/core/cluster/cluster.h"

#include <algorithm>
#include <limits>

#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

template <typename Map, typename Key>
const typename Map::mapped_type* find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <typename Map>
auto values_of(const Map& map) {
  std::vector<const typename Map::mapped_type*> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) values.push_back(&value);
  return values;
}

std::vector<const Task*> tasks_at(const TaskIndex& index, const SortedPieces<Slot>& slots) {
  std::vector<const Task*> tasks;
  tasks.reserve(slots.size());
  for (const Slot slot : slots) tasks.push_back(index.task_at(slot));
  return tasks;
}

bool is_later(const Task& a, const Task& b) {
  const Instant a_last = last_event_of(a);
  const Instant b_last = last_event_of(b);
  return a_last != b_last ? a_last > b_last : a.id < b.id;
}

}  // namespace

ResourceTotals cost_on_host(const TaskConfig& config, const ExecutorOverhead& overhead) {
  ResourceTotals cost = totals(config.resources);
  if (config.executor_config) {
    cost.cpus += overhead.cpus;
    const int64_t ram_mb_max = std::numeric_limits<int64_t>::max() - overhead.ram_mb;
    cost.ram_mb = std::min(cost.ram_mb, ram_mb_max) + overhead.ram_mb;
  }
  cost.cpus = static_cast<double>(to_micro_cpus(cost.cpus)) / 1e6;
  if (config.revocable) std::swap(cost.cpus, cost.revocable_cpus);
  return cost;
}

Cluster::Cluster(ExecutorOverhead overhead, OfferOrder order)
    : tables_(std::make_unique<Tables>(overhead, std::move(order))) {}
Cluster::~Cluster() = default;

void Cluster::apply(const Change& change) {
  std::visit([this](const auto& c) { tables_->apply(c); }, change);
}

void Cluster::apply(Change&& change) {
  std::visit([this](auto& c) { tables_->apply(std::move(c)); }, change);
}

const Task* Cluster::find_task(const TaskId& id) const {
  const TaskRecord* found = tables_->index.tasks().find_record(id);
  return found == nullptr ? nullptr : &found->task;
}

std::vector<const Task*> Cluster::list_job_tasks(const JobKey& job) const {
  const JobRecord* record = tables_->index.jobs().find_record(job);
  return record == nullptr ? std::vector<const Task*>() : tasks_at(tables_->index, record->tasks);
}

std::vector<const Task*> Cluster::list_active(const JobKey& job) const {
  std::vector<const Task*> tasks;
  const JobRecord* record = tables_->index.jobs().find_record(job);
  if (record == nullptr) return tasks;
  tasks.reserve(record->active.size());
  for (const ActiveTask& active : record->active) tasks.push_back(tables_->index.task_at(active.task));
  return tasks;
}

const Task* Cluster::find_active(const InstanceKey& instance) const {
  const JobRecord* record = tables_->index.jobs().find_record(instance.job);
  if (record == nullptr) return nullptr;
  const auto found = record->active.lower_bound(
      [&](const ActiveTask& task) { return task.instance_id < instance.instance_id; });
  if (found == record->active.end() || found->instance_id != instance.instance_id) return nullptr;
  return tables_->index.task_at(found->task);
}

const TaskConfig* Cluster::find_config(const JobKey& job) const {
  const JobRecord* record = tables_->index.jobs().find_record(job);
  if (record == nullptr) return nullptr;
  const auto& configs = record->active_configs.all();
  if (configs.size() == 1) return &*tables_->configs[configs.front().slot].config;  // whichever is the latest
  const Task* latest = configs.empty() ? find_last_ended(job) : nullptr;
  for (const ActiveTask& active : record->active) {
    const Task* task = tables_->index.task_at(active.task);
    if (latest == nullptr || is_later(*task, *latest)) latest = task;
  }
  return latest == nullptr ? nullptr : &*latest->config;  // a cron job may have no task at all
}

const Task* Cluster::find_last_ended(const JobKey& job) const {
  const JobRecord* record = tables_->index.jobs().find_record(job);
  if (record == nullptr || record->terminal.empty()) return nullptr;
  const Instant last = record->terminal.back().at;
  const auto first = record->terminal.lower_bound([&](const TerminalTask& ended) { return ended.at < last; });
  return tables_->index.task_at(first->task);
}

size_t Cluster::terminal_count(const JobKey& job) const {
  const JobRecord* record = tables_->index.jobs().find_record(job);
  return record == nullptr ? 0 : record->terminal.size();
}

std::vector<const Task*> Cluster::list_terminal(const JobKey& job, Instant until, size_t count_max) const {
  std::vector<const Task*> tasks;
  const JobRecord* record = tables_->index.jobs().find_record(job);
  if (record == nullptr) return tasks;
  for (const TerminalTask& ended : record->terminal) {
    if (ended.at > until || tasks.size() == count_max) break;
    tasks.push_back(tables_->index.task_at(ended.task));
  }
  return tasks;
}

std::vector<const Task*> Cluster::list_host_tasks(const HostId& host) const {
  const HostRecord* record = tables_->hosts.find_record(host);
  return record == nullptr ? std::vector<const Task*>() : tasks_at(tables_->index, record->assigned);
}

ExpectedTasks Cluster::expected_tasks(const HostId& host) const {
  const HostRecord* record = tables_->hosts.find_record(host);
  return record == nullptr ? ExpectedTasks{} : record->expected;
}

size_t Cluster::task_count(TaskStatus status) const {
  return status == TaskStatus::Deleted ? 0 : static_cast<size_t>(tables_->index.counts().of(status));
}

const StatusCounts& Cluster::count_tasks(const JobKey& job) const {
  static const StatusCounts kNone;
  const JobRecord* record = tables_->index.jobs().find_record(job);
  return record == nullptr ? kNone : record->counts;
}

std::vector<JobKey> Cluster::list_jobs() const {
  const auto& jobs = tables_->index.jobs();
  std::vector<JobKey> keys;
  keys.reserve(jobs.size());
  for (const Slot slot : jobs.in_order()) keys.push_back(jobs[slot].job);
  return keys;
}

std::vector<JobKey> Cluster::list_jobs(const std::string& role) const {
  const auto& jobs = tables_->index.jobs();
  std::vector<JobKey> keys;
  for (auto job = jobs.lower_bound({role, "", ""});
       job != jobs.in_order().end() && jobs[*job].job.role == role; ++job)
    keys.push_back(jobs[*job].job);
  return keys;
}

std::vector<std::string> Cluster::list_roles() const {
  const auto& roles = tables_->index.roles();
  std::vector<std::string> names;
  for (const Slot slot : roles.in_order()) names.push_back(roles[slot].role);
  return names;
}

std::vector<RoleCounts> Cluster::list_role_counts() const {
  const auto& roles = tables_->index.roles();
  std::vector<RoleCounts> counts;
  counts.reserve(roles.size());
  for (const Slot slot : roles.in_order()) counts.push_back({roles[slot].role, roles[slot].jobs, roles[slot].crons});
  return counts;
}

const std::map<ConfigHash, PendingGroup>& Cluster::pending_groups() const { return tables_->index.pending(); }

const std::vector<PendingNeed>& Cluster::pending_needs() const { return tables_->index.pending_needs(); }

const PendingReason* Cluster::find_pending_reason(const ConfigHash& config) const {
  return find_in(tables_->pending_reasons, config);
}

const std::map<HostId, Instant>& Cluster::list_suspecting_hosts(const ConfigHash& config) const {
  static const std::map<HostId, Instant> kNone;
  const auto* hosts = find_in(tables_->suspecting_hosts, config);
  return hosts == nullptr ? kNone : *hosts;
}

const Host* Cluster::find_host(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record == nullptr || !record->host ? nullptr : &*record->host;
}

std::vector<const Host*> Cluster::list_hosts() const {
  std::vector<const Host*> hosts;
  hosts.reserve(tables_->hosts.size());
  for (const Slot slot : tables_->hosts.in_order()) {
    const HostRecord& record = tables_->hosts[slot];
    if (record.host) hosts.push_back(&*record.host);
  }
  return hosts;
}

const HostSession* Cluster::find_session(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record == nullptr || !record->session ? nullptr : &*record->session;
}

const HostSilence* Cluster::find_silence(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record == nullptr || !record->silence ? nullptr : &*record->silence;
}

bool Cluster::is_connected(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record != nullptr && record->is_connected();
}

size_t Cluster::connected_host_count() const { return tables_->connected_hosts; }

ResourceTotals Cluster::available(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record == nullptr || !record->host ? ResourceTotals{} : tables_->available(*record);
}

const HostIndex& Cluster::host_index() const { return tables_->room; }

std::optional<size_t> Cluster::find_position(const HostId& id) const {
  const HostRecord* record = tables_->hosts.find_record(id);
  return record == nullptr || !record->host ? std::nullopt : std::optional(record->position);
}
const AttributePool& Cluster::attribute_pool() const { return tables_->attributes; }

std::vector<int32_t> Cluster::used_ports(const HostId& id) const {
  std::vector<int32_t> ports;
  if (const HostRecord* record = tables_->hosts.find_record(id)) {
    for (const PortUse& use : record->ports) ports.push_back(use.port);
  }
  tables_->unknown_tasks.add_ports(id, ports);
  return ports;
}

int32_t Cluster::count_job_tasks(const JobKey& job, const std::string& attribute,
                                 const std::string& value) const {
  const JobRecord* record = tables_->index.jobs().find_record(job);
  if (record == nullptr) return 0;
  return record->attributes.of(tables_->attributes.find(attribute, value));
}

const SlotCounts& Cluster::count_job_tasks(const JobKey& job) const {
  static const SlotCounts kNone;
  const JobRecord* record = tables_->index.jobs().find_record(job);
  return record == nullptr ? kNone : record->attributes;
}

std::vector<const UnknownTask*> Cluster::list_unknown_tasks() const { return tables_->unknown_tasks.list(); }
std::vector<const UnknownTask*> Cluster::list_unknown_tasks(const HostId& host) const {
  return tables_->unknown_tasks.list(host);
}
const UnknownTask* Cluster::find_occupant(const InstanceKey& instance) const {
  return tables_->unknown_tasks.find_occupant(instance);
}

const Tombstone* Cluster::find_tombstone(const TaskId& task) const { return tables_->tombstones.find(task); }
std::vector<const Tombstone*> Cluster::list_tombstones(const HostId& host) const {
  return tables_->tombstones.list(host);
}
std::vector<const Tombstone*> Cluster::list_tombstones(Instant until, size_t count_max) const {
  return tables_->tombstones.list(until, count_max);
}
size_t Cluster::tombstone_count() const { return tables_->tombstones.size(); }

const DrainProgress* Cluster::find_drain_progress(const HostId& host) const { return tables_->drains.find(host); }
const std::set<HostId>& Cluster::list_drains_waiting(const JobKey& job) const {
  return tables_->drains.waiting_for(job);
}
const CoordinatorAsked* Cluster::find_coordinator(const std::string& url) const {
  return tables_->coordinators.find(url);
}
const CoordinatorSaid* Cluster::find_coordinator_answer(const TaskId& task) const {
  return tables_->coordinators.find_answer(task);
}
size_t Cluster::busy_coordinator_count(Instant now) const { return tables_->coordinators.busy_count(now); }

ResourceTotals Cluster::quota_of(const std::string& role) const {
  const Quota* quota = find_in(tables_->quotas, role);
  return quota == nullptr ? ResourceTotals{} : quota->amount;
}
std::vector<const Quota*> Cluster::list_quotas() const { return values_of(tables_->quotas); }

UseByClass Cluster::active_use(const std::string& role) const {
  const RoleRecord* record = tables_->index.roles().find_record(role);
  return record == nullptr ? UseByClass() : record->active_use;
}

UseByClass Cluster::cron_use(const std::string& role) const {
  const RoleRecord* record = tables_->index.roles().find_record(role);
  return record == nullptr ? UseByClass() : record->cron_use;
}

const CronJob* Cluster::find_cron_job(const JobKey& job) const { return find_in(tables_->cron_jobs, job); }
const CronProgress* Cluster::find_cron_progress(const JobKey& job) const {
  return find_in(tables_->cron_progress, job);
}
std::vector<const CronJob*> Cluster::list_cron_jobs() const { return values_of(tables_->cron_jobs); }
std::vector<const CronJob*> Cluster::list_cron_jobs(const std::string& role) const {
  std::vector<const CronJob*> jobs;
  for (auto job = tables_->cron_jobs.lower_bound({role, "", ""});
       job != tables_->cron_jobs.end() && job->first.role == role; ++job) {
    jobs.push_back(&job->second);
  }
  return jobs;
}

const AnsweredRequest* Cluster::find_answered_request(const std::string& key) const {
  return tables_->answered_requests.find(key);
}
std::vector<const AnsweredRequest*> Cluster::list_oldest_answered_requests(size_t count_max) const {
  return tables_->answered_requests.list_oldest(count_max);
}
size_t Cluster::answered_request_count() const { return tables_->answered_requests.size(); }

const HostReserved* Cluster::find_reservation(const HostId& host) const {
  return find_in(tables_->reservations, host);
}
const std::set<HostId>& Cluster::list_reserved_hosts(const ConfigHash& config) const {
  static const std::set<HostId> kNone;
  const auto* hosts = find_in(tables_->reserved_hosts, config);
  return hosts == nullptr ? kNone : *hosts;
}
std::vector<const HostReserved*> Cluster::list_reservations() const { return values_of(tables_->reservations); }

const InstanceKept* Cluster::find_kept(const InstanceKey& instance) const { return find_in(tables_->kept, instance); }
std::vector<const InstanceKept*> Cluster::list_kept() const { return values_of(tables_->kept); }
std::vector<const InstanceKept*> Cluster::list_kept(const JobKey& job) const {
  std::vector<const InstanceKept*> kept;
  for (auto next = tables_->kept.lower_bound({job, 0}); next != tables_->kept.end() && next->first.job == job; ++next) {
    kept.push_back(&next->second);
  }
  return kept;
}

const JobUpdate* Cluster::find_update(const UpdateKey& key) const { return find_in(tables_->updates, key); }

const JobUpdate* Cluster::find_active_update(const JobKey& job) const {
  const UpdateKey* key = find_in(tables_->active_updates, job);
  return key == nullptr ? nullptr : find_update(*key);
}

std::vector<const JobUpdate*> Cluster::list_updates() const { return values_of(tables_->updates); }

std::vector<const JobUpdate*> Cluster::list_updates(const JobKey& job) const {
  std::vector<const JobUpdate*> updates;
  for (auto update = tables_->updates.lower_bound({job, UpdateId()});
       update != tables_->updates.end() && update->first.job == job; ++update) {
    updates.push_back(&update->second);
  }
  return updates;
}

std::vector<const JobUpdate*> Cluster::list_active_updates() const {
  std::vector<const JobUpdate*> updates;
  for (const auto& [job, key] : tables_->active_updates) updates.push_back(find_update(key));
  return updates;
}

std::vector<const JobUpdate*> Cluster::list_active_updates(const std::string& role) const {
  std::vector<const JobUpdate*> updates;
  const auto& active = tables_->active_updates;
  for (auto entry = active.lower_bound({role, "", ""}); entry != active.end() && entry->first.role == role; ++entry)
    updates.push_back(find_update(entry->second));
  return updates;
}

const UpdateProgress* Cluster::find_progress(const UpdateKey& key) const {
  return find_in(tables_->progress, key);
}

std::vector<const InstanceUpdateEvent*> Cluster::list_instance_events(const UpdateKey& key, int32_t instance) const {
  std::vector<const InstanceUpdateEvent*> events;
  const JobUpdate* update = find_update(key);
  if (update == nullptr) return events;
  if (const auto* index = find_in(tables_->instance_events, key)) {
    const auto found = index->find(instance);
    if (found == index->end()) return events;
    for (const size_t at : found->second) events.push_back(&update->instance_events[at]);
    return events;
  }
  for (const InstanceUpdateEvent& event : update->instance_events) {
    if (event.instance_id == instance) events.push_back(&event);
  }
  return events;
}

}  // namespace aurora::core

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

}  // namespace

ResourceTotals cost_on_host(const TaskConfig& config, const ExecutorOverhead& overhead) {
  ResourceTotals cost = totals(config.resources);
  if (config.executor_config) {
    cost.cpus += overhead.cpus;
    const int64_t ram_mb_max = std::numeric_limits<int64_t>::max() - overhead.ram_mb;
    cost.ram_mb = std::min(cost.ram_mb, ram_mb_max) + overhead.ram_mb;
  }
  cost.cpus = static_cast<double>(to_micro_cpus(cost.cpus)) / 1e6;
  return cost;
}

Cluster::Cluster(ExecutorOverhead overhead) : tables_(std::make_unique<Tables>(overhead)) {}
Cluster::~Cluster() = default;

void Cluster::apply(const Change& change) {
  std::visit([this](const auto& c) { tables_->apply(c); }, change);
}

const Task* Cluster::find_task(const TaskId& id) const { return find_in(tables_->tasks, id); }

std::vector<const Task*> Cluster::list_job_tasks(const JobKey& job) const {
  const JobEntry* entry = tables_->index.find_job(job);
  if (entry == nullptr) return {};
  return {entry->tasks.begin(), entry->tasks.end()};
}

std::vector<const Task*> Cluster::list_active(const JobKey& job) const {
  std::vector<const Task*> tasks;
  const JobEntry* entry = tables_->index.find_job(job);
  if (entry == nullptr) return tasks;
  tasks.reserve(entry->active.size());
  for (const auto& [instance, task] : entry->active) tasks.push_back(task);
  return tasks;
}

const Task* Cluster::find_active(const InstanceKey& instance) const {
  const JobEntry* entry = tables_->index.find_job(instance.job);
  if (entry == nullptr) return nullptr;
  const auto found = entry->active.find(instance.instance_id);
  return found == entry->active.end() ? nullptr : found->second;
}

size_t Cluster::terminal_count(const JobKey& job) const {
  const JobEntry* entry = tables_->index.find_job(job);
  return entry == nullptr ? 0 : entry->terminal.size();
}

std::vector<const Task*> Cluster::list_terminal(const JobKey& job, Instant until, size_t count_max) const {
  std::vector<const Task*> tasks;
  const JobEntry* entry = tables_->index.find_job(job);
  if (entry == nullptr) return tasks;
  for (const auto& [key, task] : entry->terminal) {
    if (key.first > until || tasks.size() == count_max) break;
    tasks.push_back(task);
  }
  return tasks;
}

std::vector<const Task*> Cluster::list_host_tasks(const HostId& host) const {
  const HostEntry* entry = tables_->index.find_host(host);
  if (entry == nullptr) return {};
  return {entry->assigned.begin(), entry->assigned.end()};
}

ExpectedTasks Cluster::expected_tasks(const HostId& host) const {
  const HostEntry* entry = tables_->index.find_host(host);
  return entry == nullptr ? ExpectedTasks{} : entry->expected;
}

size_t Cluster::task_count(TaskStatus status) const {
  const TaskSet* tasks = find_in(tables_->index.statuses(), status);
  return tasks == nullptr ? 0 : tasks->size();
}

std::vector<JobKey> Cluster::list_jobs() const {
  std::vector<JobKey> keys;
  for (const auto& [key, entry] : tables_->index.jobs()) keys.push_back(key);
  return keys;
}

std::vector<JobKey> Cluster::list_jobs(const std::string& role) const {
  std::vector<JobKey> keys;
  const auto& jobs = tables_->index.jobs();
  for (auto job = jobs.lower_bound({role, "", ""}); job != jobs.end() && job->first.role == role; ++job) {
    keys.push_back(job->first);
  }
  return keys;
}

std::vector<std::string> Cluster::list_roles() const {
  std::vector<std::string> roles;
  const auto& jobs = tables_->index.jobs();
  // '\0' is the smallest character: the next role is not below role + '\0'.
  for (auto job = jobs.begin(); job != jobs.end(); job = jobs.lower_bound({roles.back() + '\0', "", ""})) {
    roles.push_back(job->first.role);
  }
  return roles;
}

const std::map<ConfigHash, std::deque<TaskId>>& Cluster::pending_groups() const {
  return tables_->index.pending();
}

const PendingReason* Cluster::find_pending_reason(const ConfigHash& config) const {
  return find_in(tables_->pending_reasons, config);
}

const std::map<HostId, Instant>& Cluster::list_suspecting_hosts(const ConfigHash& config) const {
  static const std::map<HostId, Instant> kNone;
  const auto* hosts = find_in(tables_->suspecting_hosts, config);
  return hosts == nullptr ? kNone : *hosts;
}

const Host* Cluster::find_host(const HostId& id) const { return tables_->find_host(id); }
std::vector<const Host*> Cluster::list_hosts() const { return values_of(tables_->hosts); }
const HostSession* Cluster::find_session(const HostId& id) const { return find_in(tables_->sessions, id); }

const HostSilence* Cluster::find_silence(const HostId& id) const { return find_in(tables_->silences, id); }

bool Cluster::is_connected(const HostId& id) const { return tables_->is_connected(id); }

ResourceTotals Cluster::available(const HostId& id) const { return tables_->available(id); }
const HostIndex& Cluster::host_index() const { return tables_->room; }

std::set<int32_t> Cluster::used_ports(const HostId& id) const {
  std::set<int32_t> ports;
  if (const HostEntry* entry = tables_->index.find_host(id)) {
    for (const auto& [port, holders] : entry->ports) ports.insert(ports.end(), port);
  }
  tables_->unknown_tasks.add_ports(id, ports);
  return ports;
}

int32_t Cluster::count_job_tasks(const JobKey& job, const std::string& attribute,
                                 const std::string& value) const {
  const JobEntry* entry = tables_->index.find_job(job);
  if (entry == nullptr) return 0;
  const auto found = entry->attribute_counts.find({attribute, value});
  return found == entry->attribute_counts.end() ? 0 : found->second;
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

const UpdateProgress* Cluster::find_progress(const UpdateKey& key) const {
  return find_in(tables_->progress, key);
}

}  // namespace aurora::core

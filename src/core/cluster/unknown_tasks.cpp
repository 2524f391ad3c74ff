#include "core/cluster/unknown_tasks.h"

#include <algorithm>

#include "aurora/core/job/task_limits.h"

namespace aurora::core {
namespace {

// Within what any task may have: it is the executor's word, and no host has more room for what it says.
void add(HostUsage& used, const HostTaskSummary& summary) {
  used.micro_cpus += to_micro_cpus(std::clamp(summary.cpus, 0.0, static_cast<double>(kCpusMax)));
  used.ram_mb += std::clamp<int64_t>(summary.ram_mb, 0, kRamMbMax);
  used.disk_mb += std::clamp<int64_t>(summary.disk_mb, 0, kDiskMbMax);
  used.gpus += std::min(static_cast<int64_t>(summary.gpus.size()), kGpusMax);
  used.ports += static_cast<int64_t>(summary.ports.size());
}

InstanceKey instance_of(const HostTaskSummary& summary) { return {summary.job, summary.instance_id}; }

}  // namespace

void UnknownTasks::forget(const HostId& host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return;
  for (const auto& [id, task] : found->second.tasks) {
    if (!task.summary) continue;
    const auto instance = instances_.find(instance_of(*task.summary));
    instance->second.erase({host, id});
    if (instance->second.empty()) instances_.erase(instance);
  }
  hosts_.erase(found);
}

void UnknownTasks::replace(const HostId& host, const std::vector<UnknownTask>& tasks) {
  forget(host);
  if (tasks.empty()) return;
  Found& found = hosts_[host];
  for (const UnknownTask& task : tasks) {
    if (!found.tasks.emplace(task.id, task).second || !task.summary) continue;
    add(found.used, *task.summary);
    instances_[instance_of(*task.summary)].emplace(host, task.id);
  }
}

std::vector<const UnknownTask*> UnknownTasks::list() const {
  std::vector<const UnknownTask*> all;
  for (const auto& [host, found] : hosts_) {
    for (const auto& [id, task] : found.tasks) all.push_back(&task);
  }
  return all;
}

std::vector<const UnknownTask*> UnknownTasks::list(const HostId& host) const {
  std::vector<const UnknownTask*> tasks;
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return tasks;
  for (const auto& [id, task] : found->second.tasks) tasks.push_back(&task);
  return tasks;
}

const UnknownTask* UnknownTasks::find_occupant(const InstanceKey& instance) const {
  if (instances_.empty()) return nullptr;  // as nearly always
  const auto found = instances_.find(instance);
  if (found == instances_.end()) return nullptr;
  const auto& [host, task] = *found->second.begin();
  return &hosts_.at(host).tasks.at(task);
}

HostUsage UnknownTasks::used(const HostId& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? HostUsage{} : found->second.used;
}

void UnknownTasks::add_ports(const HostId& host, std::vector<int32_t>& ports) const {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return;
  for (const auto& [id, task] : found->second.tasks) {
    if (!task.summary) continue;
    for (const auto& [name, port] : task.summary->ports) ports.push_back(port);
  }
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
}

void Tombstones::save(const Tombstone& tombstone) {
  erase(tombstone.task_id);
  tombstones_.emplace(tombstone.task_id, tombstone);
  hosts_[tombstone.host].insert(tombstone.task_id);
  ages_.emplace(tombstone.at, tombstone.task_id);
}

void Tombstones::erase(const TaskId& task) {
  const auto found = tombstones_.find(task);
  if (found == tombstones_.end()) return;
  const auto host = hosts_.find(found->second.host);
  host->second.erase(task);
  if (host->second.empty()) hosts_.erase(host);
  ages_.erase({found->second.at, task});
  tombstones_.erase(found);
}

const Tombstone* Tombstones::find(const TaskId& task) const {
  const auto found = tombstones_.find(task);
  return found == tombstones_.end() ? nullptr : &found->second;
}

std::vector<const Tombstone*> Tombstones::list(const HostId& host) const {
  std::vector<const Tombstone*> all;
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return all;
  for (const TaskId& task : found->second) all.push_back(&tombstones_.at(task));
  return all;
}

std::vector<const Tombstone*> Tombstones::list(Instant until, size_t count_max) const {
  std::vector<const Tombstone*> oldest;
  for (const auto& [at, task] : ages_) {
    if (at > until || oldest.size() == count_max) break;
    oldest.push_back(&tombstones_.at(task));
  }
  return oldest;
}

}  // namespace aurora::core

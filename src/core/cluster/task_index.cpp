#include "core/cluster/task_index.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace aurora::core {
namespace {

// Larger than any machine and small enough that sums of millions of them fit.
constexpr double kMicroCpusMax = 1e15;

void count(JobEntry& job, const Host& host, int32_t delta) {
  for (const auto& [name, values] : host.attributes) {
    for (const std::string& value : values) {
      const auto entry = job.attribute_counts.try_emplace({name, value}, 0).first;
      entry->second += delta;
      if (entry->second == 0) job.attribute_counts.erase(entry);
    }
  }
}

auto queue_order(const Task& task) {
  return std::tuple(last_event_of(task), task.instance_id, std::cref(task.id));
}

bool comes_before(const Task& a, const Task& b) {
  const auto [a_since, a_instance, a_id] = queue_order(a);
  const auto [b_since, b_instance, b_id] = queue_order(b);
  if (a_since != b_since) return a_since < b_since;
  if (a_instance != b_instance) return a_instance < b_instance;
  return a_id.get() < b_id.get();
}

}  // namespace

Instant last_event_of(const Task& task) {
  return task.events.empty() ? Instant{} : task.events.back().timestamp;
}

HostUsage& HostUsage::operator+=(const HostUsage& more) {
  micro_cpus += more.micro_cpus;
  ram_mb += more.ram_mb;
  disk_mb += more.disk_mb;
  gpus += more.gpus;
  ports += more.ports;
  return *this;
}

int64_t to_micro_cpus(double cpus) {
  return std::llround(std::clamp(cpus * 1e6, -kMicroCpusMax, kMicroCpusMax));
}

ResourceTotals subtract(const ResourceTotals& capacity, const HostUsage& used) {
  return {static_cast<double>(to_micro_cpus(capacity.cpus) - used.micro_cpus) / 1e6,
          capacity.ram_mb - used.ram_mb, capacity.disk_mb - used.disk_mb, capacity.gpus - used.gpus,
          capacity.ports - used.ports};
}

const JobEntry* TaskIndex::find_job(const JobKey& job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

const HostEntry* TaskIndex::find_host(const HostId& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : &found->second;
}

void TaskIndex::add(const Task& task, const Host* host) {
  statuses_[task.status].insert(&task);
  JobEntry& job = jobs_[task.job()];
  job.tasks.insert(&task);
  if (is_active(task.status)) job.active[task.instance_id] = &task;
  if (is_terminal(task.status)) job.terminal[{last_event_of(task), task.id}] = &task;
  if (task.status == TaskStatus::Pending) {
    std::deque<TaskId>& group = pending_[task.config.hash()];
    group.insert(place_in(group, task), task.id);
  }
  if (!task.host.empty()) add_to_host(task, host);
}

void TaskIndex::remove(const Task& task, const Host* host) {
  if (!task.host.empty()) remove_from_host(task, host);
  if (task.status == TaskStatus::Pending) {
    const auto group = pending_.find(task.config.hash());
    group->second.erase(place_in(group->second, task));
    if (group->second.empty()) pending_.erase(group);
  }
  const auto job = jobs_.find(task.job());
  const auto active = job->second.active.find(task.instance_id);
  if (active != job->second.active.end() && active->second == &task) job->second.active.erase(active);
  job->second.terminal.erase({last_event_of(task), task.id});
  job->second.tasks.erase(&task);
  if (job->second.tasks.empty()) jobs_.erase(job);
  const auto status = statuses_.find(task.status);
  status->second.erase(&task);
  if (status->second.empty()) statuses_.erase(status);
}

// First come, first served. Where several came at once (a job, a restart), by instance.
std::deque<TaskId>::iterator TaskIndex::place_in(std::deque<TaskId>& group, const Task& task) const {
  return std::lower_bound(group.begin(), group.end(), task, [this](const TaskId& id, const Task& other) {
    return comes_before(tasks_->at(id), other);
  });
}

void TaskIndex::add_to_host(const Task& task, const Host* host) {
  HostEntry& entry = hosts_[task.host];
  entry.tasks.insert(&task);
  if (!is_assigned(task.status)) return;
  entry.assigned.insert(&task);
  entry.expected.add(task);
  use(entry, task, 1);
  if (host != nullptr) count(jobs_[task.job()], *host, 1);
}

void TaskIndex::remove_from_host(const Task& task, const Host* host) {
  const auto entry = hosts_.find(task.host);
  if (is_assigned(task.status)) {
    entry->second.assigned.erase(&task);
    entry->second.expected.remove(task);
    use(entry->second, task, -1);
    if (host != nullptr) count(jobs_[task.job()], *host, -1);
  }
  entry->second.tasks.erase(&task);
  if (entry->second.tasks.empty()) hosts_.erase(entry);
}

void TaskIndex::use(HostEntry& entry, const Task& task, int32_t delta) const {
  const ResourceTotals cost = cost_on_host(*task.config, overhead_);
  entry.used.micro_cpus += delta * to_micro_cpus(cost.cpus);
  entry.used.ram_mb += delta * cost.ram_mb;
  entry.used.disk_mb += delta * cost.disk_mb;
  entry.used.gpus += delta * cost.gpus;
  entry.used.ports += delta * cost.ports;
  for (const auto& [name, number] : task.assigned_ports) {
    const auto holders = entry.ports.try_emplace(number, 0).first;
    holders->second += delta;
    if (holders->second == 0) entry.ports.erase(holders);
  }
}

void TaskIndex::count_attributes(const Host& host, int32_t delta) {
  const auto entry = hosts_.find(host.id);
  if (entry == hosts_.end()) return;
  for (const Task* task : entry->second.assigned) count(jobs_[task->job()], host, delta);
}

}  // namespace aurora::core

// The queries of a Cluster, answered in the plainest way: from the records, by looking at all of them.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "aurora/core/cluster/cluster.h"

namespace aurora::test {

class NaiveCluster {
 public:
  void apply(const core::Change& change) {
    if (const auto* saved = std::get_if<core::TaskSaved>(&change)) tasks_[saved->task.id] = saved->task;
    if (const auto* moved = std::get_if<core::TaskMoved>(&change)) move(*moved);
    if (const auto* deleted = std::get_if<core::TaskDeleted>(&change)) tasks_.erase(deleted->task_id);
    if (const auto* host = std::get_if<core::HostSaved>(&change)) hosts_[host->host.id] = host->host;
    if (const auto* seen = std::get_if<core::HostSeen>(&change)) connected_[seen->host] = !seen->leaving;
    if (const auto* gone = std::get_if<core::HostGone>(&change)) connected_[gone->host] = false;
  }

  const std::map<core::TaskId, core::Task>& tasks() const { return tasks_; }
  const std::map<core::HostId, core::Host>& hosts() const { return hosts_; }

  // By id.
  template <typename Predicate>
  std::vector<core::TaskId> select(const Predicate& predicate) const {
    std::vector<core::TaskId> ids;
    for (const auto& [id, task] : tasks_) {
      if (predicate(task)) ids.push_back(id);
    }
    return ids;
  }
  std::vector<core::TaskId> list_tasks(const core::TaskQuery& q) const {
    return select([&](const core::Task& task) {
      const core::JobKey& job = task.job();
      return (!q.role || *q.role == job.role) && (!q.environment || *q.environment == job.environment) &&
             (!q.job_name || *q.job_name == job.name) &&
             (q.task_ids.empty() || q.task_ids.contains(task.id)) &&
             (q.statuses.empty() || q.statuses.contains(task.status)) &&
             (q.instance_ids.empty() || q.instance_ids.contains(task.instance_id)) &&
             (q.hosts.empty() || q.hosts.contains(task.host)) &&
             (q.job_keys.empty() || q.job_keys.contains(job));
    });
  }
  std::vector<core::TaskId> list_active(const core::JobKey& job) const {
    auto ids = select([&](const core::Task& task) { return task.job() == job && is_active(task.status); });
    std::stable_sort(ids.begin(), ids.end(), [&](const core::TaskId& a, const core::TaskId& b) {
      return tasks_.at(a).instance_id < tasks_.at(b).instance_id;
    });
    return ids;
  }
  // Oldest first.
  std::vector<core::TaskId> list_terminal(const core::JobKey& job) const {
    auto ids = select([&](const core::Task& task) { return task.job() == job && is_terminal(task.status); });
    std::stable_sort(ids.begin(), ids.end(), [&](const core::TaskId& a, const core::TaskId& b) {
      return last_event(tasks_.at(a)) < last_event(tasks_.at(b));
    });
    return ids;
  }
  std::vector<core::TaskId> list_pending(const core::ConfigHash& config) const {
    auto ids = select([&](const core::Task& task) {
      return task.config.hash() == config && task.status == core::TaskStatus::Pending;
    });
    std::stable_sort(ids.begin(), ids.end(), [&](const core::TaskId& a, const core::TaskId& b) {
      const core::Task& first = tasks_.at(a);
      const core::Task& second = tasks_.at(b);
      return std::pair(last_event(first), first.instance_id) <
             std::pair(last_event(second), second.instance_id);
    });
    return ids;
  }
  std::vector<core::TaskId> list_host_tasks(const core::HostId& host) const {
    return select([&](const core::Task& task) { return task.host == host && is_assigned(task.status); });
  }
  std::vector<core::JobKey> list_jobs() const {
    std::set<core::JobKey> jobs;
    for (const auto& [id, task] : tasks_) jobs.insert(task.job());
    return {jobs.begin(), jobs.end()};
  }
  core::StatusCounts count_tasks(const core::TaskQuery& query) const {
    core::StatusCounts counts;
    for (const core::TaskId& id : list_tasks(query)) counts.add(tasks_.at(id).status, 1);
    return counts;
  }
  int32_t count_job_tasks(const core::JobKey& job, const std::string& attribute,
                          const std::string& value) const {
    return static_cast<int32_t>(
        select([&](const core::Task& task) {
          if (task.job() != job || !is_assigned(task.status) || !hosts_.contains(task.host)) return false;
          const auto& attributes = hosts_.at(task.host).attributes;
          return attributes.contains(attribute) && attributes.at(attribute).contains(value);
        }).size());
  }
  std::vector<int32_t> used_ports(const core::HostId& host) const {
    std::set<int32_t> ports;
    for (const core::TaskId& id : list_host_tasks(host)) {
      for (const auto& [name, port] : tasks_.at(id).assigned_ports) ports.insert(port);
    }
    return {ports.begin(), ports.end()};
  }
  core::ExpectedTasks expected_tasks(const core::HostId& host) const {
    core::ExpectedTasks expected;
    for (const core::TaskId& id : list_host_tasks(host)) expected.add(tasks_.at(id));
    return expected;
  }
  bool is_connected(const core::HostId& host) const {
    const auto known = connected_.find(host);
    return known != connected_.end() && known->second;
  }
  size_t connected_host_count() const {
    return static_cast<size_t>(
        std::count_if(connected_.begin(), connected_.end(), [](const auto& host) { return host.second; }));
  }

 private:
  void move(const core::TaskMoved& change) {
    const auto task = tasks_.find(change.task_id);
    if (task == tasks_.end() || static_cast<size_t>(change.index) != task->second.events.size()) return;
    core::apply(change.move, task->second);
  }
  static Instant last_event(const core::Task& task) { return task.events.back().timestamp; }

  std::map<core::TaskId, core::Task> tasks_;
  std::map<core::HostId, core::Host> hosts_;
  std::map<core::HostId, bool> connected_;
};

}  // namespace aurora::test

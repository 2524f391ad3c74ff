#include <algorithm>
#include <functional>

#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

bool matches(const TaskQuery& query, const Task& task) {
  const JobKey& job = task.job();
  return (!query.role || *query.role == job.role) &&
         (!query.environment || *query.environment == job.environment) &&
         (!query.job_name || *query.job_name == job.name) &&
         (query.task_ids.empty() || query.task_ids.contains(task.id)) &&
         (query.statuses.empty() || query.statuses.contains(task.status)) &&
         (query.instance_ids.empty() || query.instance_ids.contains(task.instance_id)) &&
         (query.hosts.empty() || query.hosts.contains(task.host)) &&
         (query.job_keys.empty() || query.job_keys.contains(job));
}

// Every task the query can match is in one of `sets`.
struct Candidates {
  std::vector<const TaskSet*> sets;
  size_t size = 0;
  void add(const TaskSet& tasks) {
    sets.push_back(&tasks);
    size += tasks.size();
  }
};

Candidates by_job_keys(const TaskIndex& index, const std::set<JobKey>& keys) {
  Candidates found;
  for (const JobKey& key : keys) {
    if (const JobEntry* job = index.find_job(key)) found.add(job->tasks);
  }
  return found;
}

Candidates by_role(const TaskIndex& index, const std::string& role) {
  Candidates found;
  for (auto job = index.jobs().lower_bound({role, "", ""});
       job != index.jobs().end() && job->first.role == role; ++job) {
    found.add(job->second.tasks);
  }
  return found;
}

Candidates by_hosts(const TaskIndex& index, const std::set<HostId>& hosts) {
  Candidates found;
  for (const HostId& id : hosts) {
    if (const HostEntry* host = index.find_host(id)) found.add(host->tasks);
  }
  return found;
}

Candidates by_statuses(const TaskIndex& index, const std::set<TaskStatus>& statuses) {
  Candidates found;
  for (const TaskStatus status : statuses) {
    const auto tasks = index.statuses().find(status);
    if (tasks != index.statuses().end()) found.add(tasks->second);
  }
  return found;
}

// Of the indexes that the query can use, the one with the fewest tasks; nothing if it can use none.
std::optional<Candidates> narrowest(const TaskIndex& index, const TaskQuery& query) {
  std::vector<Candidates> choices;
  if (!query.job_keys.empty()) choices.push_back(by_job_keys(index, query.job_keys));
  if (query.role && query.environment && query.job_name) {
    choices.push_back(by_job_keys(index, {{*query.role, *query.environment, *query.job_name}}));
  } else if (query.role) {
    choices.push_back(by_role(index, *query.role));
  }
  if (!query.hosts.empty()) choices.push_back(by_hosts(index, query.hosts));
  if (!query.statuses.empty()) choices.push_back(by_statuses(index, query.statuses));
  if (!choices.empty()) {
    return *std::min_element(choices.begin(), choices.end(),
                             [](const Candidates& a, const Candidates& b) { return a.size < b.size; });
  }
  return std::nullopt;
}

}  // namespace

std::vector<const Task*> Cluster::list_tasks(const TaskQuery& query) const {
  std::vector<const Task*> found;
  if (!query.task_ids.empty()) {
    for (const TaskId& id : query.task_ids) {
      const Task* task = find_task(id);
      if (task != nullptr && matches(query, *task)) found.push_back(task);
    }
    return found;
  }
  const auto candidates = narrowest(tables_->index, query);
  if (!candidates) {
    for (const auto& [id, task] : tables_->tasks) {
      if (matches(query, task)) found.push_back(&task);
    }
    return found;
  }
  for (const TaskSet* tasks : candidates->sets) {
    std::copy_if(tasks->begin(), tasks->end(), std::back_inserter(found),
                 [&](const Task* task) { return matches(query, *task); });
  }
  if (candidates->sets.size() > 1) std::sort(found.begin(), found.end(), ById());  // each set is in order
  return found;
}

}  // namespace aurora::core

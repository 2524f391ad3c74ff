#include "core/cluster/index_facts.h"

#include <map>
#include <set>

namespace aurora::core {
namespace {

struct JobFacts {
  std::vector<TaskId> tasks;
  std::set<std::pair<int32_t, TaskId>> active;
  std::set<std::pair<Instant, TaskId>> terminal;
  std::map<Attribute, int32_t> attributes;
  std::map<ConfigHash, int32_t> active_configs;
  StatusCounts counts;
  bool is_cron = false;
  friend bool operator==(const JobFacts&, const JobFacts&) = default;
};

struct RoleFacts {
  int64_t records = 0;
  int64_t jobs = 0;
  int64_t crons = 0;
  StatusCounts counts;
  UseByClass active_use;
  UseByClass cron_use;
  friend bool operator==(const RoleFacts&, const RoleFacts&) = default;
};

struct HostFacts {
  std::vector<TaskId> tasks;
  std::vector<TaskId> assigned;
  ExpectedTasks expected;
  HostUsage used;
  std::map<int32_t, int32_t> ports;
  friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

struct Facts {
  std::vector<TaskId> tasks;
  std::map<JobKey, JobFacts> jobs;
  std::map<std::string, RoleFacts> roles;
  std::map<HostId, HostFacts> hosts;
  std::map<TaskStatus, std::set<TaskId>> statuses;
  StatusCounts counts;
  std::map<ConfigHash, std::vector<TaskId>> pending;
};

// --- What follows from the records.

void add_to_host(Facts& facts, const Task& task, const HostRecord* record, const ExecutorOverhead& overhead) {
  if (task.host.empty()) return;
  HostFacts& host = facts.hosts[task.host];
  host.tasks.push_back(task.id);
  if (!is_assigned(task.status)) return;
  host.assigned.push_back(task.id);
  host.expected.add(task);
  host.used += usage_of(cost_on_host(*task.config, overhead));
  for (const auto& [name, number] : task.assigned_ports) ++host.ports[number];
  if (record == nullptr || !record->host) return;
  for (const auto& [name, values] : record->host->attributes) {
    for (const std::string& value : values) ++facts.jobs[task.job()].attributes[{name, value}];
  }
}

void add_to_job(Facts& facts, const Task& task) {
  JobFacts& job = facts.jobs[task.job()];
  RoleFacts& role = facts.roles[task.job().role];
  role.counts.add(task.status, 1);
  job.tasks.push_back(task.id);
  job.counts.add(task.status, 1);
  if (is_terminal(task.status)) job.terminal.emplace(last_event_of(task), task.id);
  if (!is_active(task.status)) return;
  job.active.emplace(task.instance_id, task.id);
  ++job.active_configs[task.config.hash()];
  role.active_use[quota_class_of(*task.config)] += use_of(*task.config);
}

// What runs may ask for beyond the tasks that there are.
UseByClass cron_use_of(const TaskIndex& index, const JobFacts& job, const CronJob& cron) {
  UseByClass active;
  for (const auto& [instance, id] : job.active) {
    const TaskConfig& config = *index.tasks().find_record(id)->task.config;
    active[quota_class_of(config)] += use_of(config);
  }
  UseByClass use = active;
  UseByClass run;
  run[quota_class_of(cron.job.task_config)] = use_of(cron.job.task_config, cron.job.instance_count);
  use.raise_to(run);
  use -= active;
  return use;
}

void count_jobs(const TaskIndex& index, Facts& facts, const std::map<JobKey, CronJob>& cron_jobs) {
  for (const auto& [key, cron] : cron_jobs) {
    JobFacts& job = facts.jobs[key];
    job.is_cron = true;
    facts.roles[key.role].cron_use += cron_use_of(index, job, cron);
  }
  for (const auto& [key, job] : facts.jobs) {
    RoleFacts& role = facts.roles[key.role];
    ++role.records;
    role.jobs += job.tasks.empty() ? 0 : 1;
    role.crons += job.is_cron ? 1 : 0;
  }
}

Facts facts_of_records(const TaskIndex& index, const std::map<JobKey, CronJob>& cron_jobs,
                       const ExecutorOverhead& overhead) {
  std::map<TaskId, const Task*> tasks;
  for (const Slot slot : index.tasks().in_order())
    tasks.emplace(index.task_at(slot)->id, index.task_at(slot));
  Facts facts;
  std::map<ConfigHash, std::set<std::tuple<Instant, int32_t, TaskId>>> pending;
  for (const auto& [id, task] : tasks) {
    facts.tasks.push_back(id);
    facts.statuses[task->status].insert(id);
    facts.counts.add(task->status, 1);
    add_to_job(facts, *task);
    add_to_host(facts, *task, index.hosts().find_record(task->host), overhead);
    if (task->status == TaskStatus::Pending)
      pending[task->config.hash()].emplace(last_event_of(*task), task->instance_id, id);
  }
  count_jobs(index, facts, cron_jobs);
  for (const auto& [hash, queue] : pending) {
    for (const auto& [since, instance, id] : queue) facts.pending[hash].push_back(id);
  }
  return facts;
}

// --- What the index says.

std::vector<TaskId> ids_of(const TaskIndex& index, const SortedPieces<Slot>& slots) {
  std::vector<TaskId> ids;
  for (const Slot slot : slots) ids.push_back(index.task_at(slot)->id);
  return ids;
}

JobFacts facts_of(const TaskIndex& index, const JobRecord& record) {
  JobFacts job;
  job.tasks = ids_of(index, record.tasks);
  for (const ActiveTask& active : record.active)
    job.active.emplace(active.instance_id, index.task_at(active.task)->id);
  for (const TerminalTask& ended : record.terminal)
    job.terminal.emplace(ended.at, index.task_at(ended.task)->id);
  for (const auto& [slot, count] : record.attributes.all()) job.attributes[index.attributes()[slot]] = count;
  for (const auto& [slot, count] : record.active_configs.all())
    job.active_configs[index.configs()[slot].hash] = count;
  job.counts = record.counts;
  job.is_cron = record.is_cron;
  return job;
}

HostFacts facts_of(const TaskIndex& index, const HostRecord& record) {
  HostFacts host;
  host.tasks = ids_of(index, record.tasks);
  host.assigned = ids_of(index, record.assigned);
  host.expected = record.expected;
  host.used = record.used;
  for (const auto& [port, holders] : record.ports) host.ports[port] = holders;
  return host;
}

Facts facts_of_index(const TaskIndex& index) {
  Facts facts;
  facts.tasks = ids_of(index, index.tasks().in_order());
  for (const Slot slot : index.jobs().in_order())
    facts.jobs.emplace(index.jobs()[slot].job, facts_of(index, index.jobs()[slot]));
  for (const Slot slot : index.roles().in_order()) {
    const RoleRecord& role = index.roles()[slot];
    facts.roles.emplace(role.role, RoleFacts{role.records, role.jobs, role.crons, role.counts, role.active_use, role.cron_use});
  }
  for (const Slot slot : index.hosts().in_order()) {
    HostFacts host = facts_of(index, index.hosts()[slot]);
    if (host != HostFacts{}) facts.hosts.emplace(index.hosts()[slot].id, std::move(host));
  }
  for (const auto& status : EnumNames<TaskStatus>::values) {
    if (status.value == TaskStatus::Deleted) continue;
    for (const Slot slot : index.with_status(status.value)) {
      if (index.status_at(slot) == status.value) facts.statuses[status.value].insert(index.task_at(slot)->id);
    }
  }
  facts.counts = index.counts();
  for (const auto& [hash, queue] : index.pending()) {
    for (const WaitingTask& waiting : queue) facts.pending[hash].push_back(waiting.task->id);
  }
  return facts;
}

std::optional<std::string> find_wrong_need(const TaskIndex& index) {
  const std::vector<PendingNeed>& needs = index.pending_needs();
  if (needs.size() != index.pending().size()) return "there are other needs than groups of pending tasks";
  for (const auto& [hash, group] : index.pending()) {
    if (group.need_at >= needs.size()) return "a group of pending tasks has no need";
    const PendingNeed& need = needs[group.need_at];
    if (need.hash != &hash || need.group != &group || need.cost != group.cost ||
        need.has_limits != group.has_limits || need.since != std::max(group.front().since, group.served))
      return "the need of a group of pending tasks is another's";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_disagreement(const TaskIndex& index, const std::map<JobKey, CronJob>& cron_jobs,
                                             const ExecutorOverhead& overhead) {
  const Facts wanted = facts_of_records(index, cron_jobs, overhead);
  const Facts found = facts_of_index(index);
  const auto disagree = [](const char* what) { return std::string(what) + " do not agree with the tasks"; };
  if (wanted.tasks != found.tasks) return disagree("the order of the tasks");
  if (wanted.jobs != found.jobs) return disagree("the entries of jobs");
  if (wanted.roles != found.roles) return disagree("the entries of roles");
  if (wanted.hosts != found.hosts) return disagree("the entries of hosts");
  if (wanted.statuses != found.statuses) return disagree("the lists of statuses");
  if (wanted.counts != found.counts) return disagree("the counts of statuses");
  if (wanted.pending != found.pending) return disagree("the queues of pending tasks");
  return find_wrong_need(index);
}

}  // namespace aurora::core

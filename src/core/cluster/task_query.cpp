#include <algorithm>
#include <limits>

#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

bool matches(const TaskQuery& query, const Task& task) {
  const JobKey& job = task.job();
  return (query.statuses.empty() || query.statuses.contains(task.status)) &&
         (!query.role || *query.role == job.role) &&
         (!query.environment || *query.environment == job.environment) &&
         (!query.job_name || *query.job_name == job.name) &&
         (query.task_ids.empty() || query.task_ids.contains(task.id)) &&
         (query.instance_ids.empty() || query.instance_ids.contains(task.instance_id)) &&
         (query.hosts.empty() || query.hosts.contains(task.host)) &&
         (query.job_keys.empty() || query.job_keys.contains(job));
}

// Every task the query can match is in one of these.
struct Candidates {
  std::vector<const SortedPieces<Slot>*> ordered;   // each by id
  std::vector<const std::vector<Slot>*> unordered;
  size_t size = 0;
  void add(const SortedPieces<Slot>& tasks) {
    ordered.push_back(&tasks);
    size += tasks.size();
  }
  void add(const std::vector<Slot>& tasks) {
    unordered.push_back(&tasks);
    size += tasks.size();
  }
};

Candidates by_jobs(const TaskIndex& index, const std::set<JobKey>& keys) {
  Candidates found;
  for (const JobKey& key : keys) {
    if (const JobRecord* job = index.jobs().find_record(key)) found.add(job->tasks);
  }
  return found;
}

Candidates by_role(const TaskIndex& index, const std::string& role) {
  Candidates found;
  const auto& jobs = index.jobs();
  for (auto job = jobs.lower_bound({role, "", ""}); job != jobs.in_order().end() && jobs[*job].job.role == role; ++job)
    found.add(jobs[*job].tasks);
  return found;
}

Candidates by_hosts(const TaskIndex& index, const std::set<HostId>& hosts) {
  Candidates found;
  for (const HostId& id : hosts) {
    if (const HostRecord* host = index.hosts().find_record(id)) found.add(host->tasks);
  }
  return found;
}

Candidates by_statuses(const TaskIndex& index, const std::set<TaskStatus>& statuses) {
  Candidates found;
  for (const TaskStatus status : statuses) {
    if (status != TaskStatus::Deleted) found.add(index.with_status(status));
  }
  return found;
}

// Of the indexes that the query can use, the one with the fewest tasks. All of them, when there is none: sorting what
// was gathered costs more than walking all that is in order already.
Candidates narrowest(const TaskIndex& index, const TaskQuery& query) {
  std::vector<Candidates> choices(1);
  choices.back().add(index.tasks().in_order());
  if (!query.job_keys.empty()) choices.push_back(by_jobs(index, query.job_keys));
  if (query.role && query.environment && query.job_name) {
    choices.push_back(by_jobs(index, {{*query.role, *query.environment, *query.job_name}}));
  } else if (query.role) {
    choices.push_back(by_role(index, *query.role));
  }
  if (!query.hosts.empty()) choices.push_back(by_hosts(index, query.hosts));
  if (!query.statuses.empty()) choices.push_back(by_statuses(index, query.statuses));
  const auto cost = [](const Candidates& c) { return c.ordered.size() == 1 ? c.size : 8 * c.size; };
  return *std::min_element(choices.begin(), choices.end(),
                           [&](const Candidates& a, const Candidates& b) { return cost(a) < cost(b); });
}

// The kept counts of exactly those tasks that the query matches, whatever their status; nothing if none are kept.
std::optional<StatusCounts> find_counts(const TaskIndex& index, const TaskQuery& query) {
  const bool names_tasks = !query.task_ids.empty() || !query.instance_ids.empty() || !query.hosts.empty();
  if (names_tasks || !query.job_keys.empty()) return std::nullopt;
  if (query.role && query.environment && query.job_name) {
    const JobRecord* job = index.jobs().find_record({*query.role, *query.environment, *query.job_name});
    return job == nullptr ? StatusCounts{} : job->counts;
  }
  if (query.environment || query.job_name) return std::nullopt;
  if (!query.role) return index.counts();
  const RoleRecord* role = index.roles().find_record(*query.role);
  return role == nullptr ? StatusCounts{} : role->counts;
}

std::optional<size_t> find_total(const TaskIndex& index, const TaskQuery& query) {
  const auto counts = find_counts(index, query);
  if (!counts) return std::nullopt;
  return static_cast<size_t>(counts->sum(
      [&](TaskStatus status) { return query.statuses.empty() || query.statuses.contains(status); }));
}

// Takes the tasks of a window from those that match, which come in order.
class Taker {
 public:
  Taker(size_t offset, size_t count) : offset_(offset), count_(count) {}
  void take(const Task* task) {
    const size_t position = page_.total++;
    if (position >= offset_ && page_.tasks.size() < count_) page_.tasks.push_back(task);
  }
  bool is_done() const { return page_.tasks.size() == count_; }
  TaskPage& page() { return page_; }

 private:
  size_t offset_;
  size_t count_;
  TaskPage page_;
};

TaskPage take_by_id(const Cluster& cluster, const TaskQuery& query, Taker taker) {
  for (const TaskId& id : query.task_ids) {
    const Task* task = cluster.find_task(id);
    if (task != nullptr && matches(query, *task)) taker.take(task);
  }
  return std::move(taker.page());
}

TaskPage take_sorted(const TaskIndex& index, const Candidates& candidates, const TaskQuery& query, Taker taker) {
  std::vector<const Task*> found;
  const auto note = [&](Slot slot) {
    const Task* task = index.task_at(slot);
    if (matches(query, *task)) found.push_back(task);
  };
  for (const auto* tasks : candidates.ordered) std::for_each(tasks->begin(), tasks->end(), note);
  for (const auto* tasks : candidates.unordered) std::for_each(tasks->begin(), tasks->end(), note);
  std::sort(found.begin(), found.end(), [](const Task* a, const Task* b) { return a->id < b->id; });
  for (const Task* task : found) taker.take(task);
  return std::move(taker.page());
}

// From the first to the last that the window wants, when it is known how many there are.
TaskPage take_in_order(const TaskIndex& index, const SortedPieces<Slot>& tasks, const TaskQuery& query,
                       const Window& window) {
  const std::optional<size_t> total = find_total(index, query);
  if (total && *total == tasks.size()) {  // all of the list match: no need to look at those before
    TaskPage page{{}, *total};
    for (auto at = tasks.at(window.offset); at != tasks.end() && page.tasks.size() < window.count; ++at)
      page.tasks.push_back(index.task_at(*at));
    return page;
  }
  Taker taker(window.offset, window.count);
  for (const Slot slot : tasks) {
    if (total && taker.is_done()) break;
    const Task* task = index.task_at(slot);
    if (matches(query, *task)) taker.take(task);
  }
  if (total) taker.page().total = *total;
  return std::move(taker.page());
}

TaskPage take_forwards(const Cluster& cluster, const TaskIndex& index, const TaskQuery& query, const Window& window) {
  if (!query.task_ids.empty()) return take_by_id(cluster, query, {window.offset, window.count});
  const Candidates candidates = narrowest(index, query);
  if (candidates.size == 0) return {};
  if (candidates.ordered.size() == 1 && candidates.unordered.empty())
    return take_in_order(index, *candidates.ordered.front(), query, window);
  return take_sorted(index, candidates, query, {window.offset, window.count});
}

}  // namespace

TaskPage Cluster::list_task_page(const TaskQuery& query, const Window& window) const {
  if (!window.is_reversed) return take_forwards(*this, tables_->index, query, window);
  const size_t total = take_forwards(*this, tables_->index, query, {0, 0}).total;
  const size_t last = total - std::min(window.offset, total);
  const size_t count = std::min(window.count, last);
  TaskPage page = take_forwards(*this, tables_->index, query, {last - count, count});
  std::reverse(page.tasks.begin(), page.tasks.end());
  return page;
}

StatusCounts Cluster::count_tasks(TaskQuery query) const {
  query.statuses.clear();
  if (const auto counts = find_counts(tables_->index, query)) return *counts;
  StatusCounts counts;
  for (const Task* task : list_tasks(query)) counts.add(task->status, 1);
  return counts;
}

std::vector<const Task*> Cluster::list_tasks(const TaskQuery& query) const {
  return take_forwards(*this, tables_->index, query, {0, std::numeric_limits<size_t>::max()}).tasks;
}

}  // namespace aurora::core

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "core/cluster/tables.h"

namespace aurora::core {
namespace {

// A query in the form in which each of very many tasks is asked.
class Matcher {
 public:
  Matcher(const TaskIndex& index, const TaskQuery& query) : index_(index), query_(query) {
    for (const TaskStatus status : query.statuses) statuses_ |= bit(status);
    asks_for_more_ = query.role || query.environment || query.job_name || !query.task_ids.empty() ||
                     !query.instance_ids.empty() || !query.hosts.empty() || !query.job_keys.empty();
  }
  bool operator()(Slot slot) const {
    if (statuses_ != 0 && (statuses_ & bit(index_.status_at(slot))) == 0) return false;
    return !asks_for_more_ || matches_more(*index_.task_at(slot));
  }

 private:
  static uint32_t bit(TaskStatus status) {
    return status == TaskStatus::Deleted ? uint32_t{1} << 31 : uint32_t{1} << static_cast<uint32_t>(status);
  }
  bool matches_more(const Task& task) const {
    const JobKey& job = task.job();
    return (!query_.role || *query_.role == job.role) &&
           (!query_.environment || *query_.environment == job.environment) &&
           (!query_.job_name || *query_.job_name == job.name) &&
           (query_.task_ids.empty() || query_.task_ids.contains(task.id)) &&
           (query_.instance_ids.empty() || query_.instance_ids.contains(task.instance_id)) &&
           (query_.hosts.empty() || query_.hosts.contains(task.host)) &&
           (query_.job_keys.empty() || query_.job_keys.contains(job));
  }
  const TaskIndex& index_;
  const TaskQuery& query_;
  uint32_t statuses_ = 0;  // 0: any
  bool asks_for_more_ = false;
};

// Every task the query can match is in one of these.
struct Candidates {
  std::vector<const SortedPieces<Slot>*> ordered;  // each by id
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
  for (auto job = jobs.lower_bound({role, "", ""});
       job != jobs.in_order().end() && jobs[*job].job.role == role; ++job)
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

// Of the indexes that the query can use, the one with the fewest tasks. All of them, when there is none:
// sorting what was gathered costs more than walking all that is in order already.
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

// The kept counts of exactly those tasks that the query matches, whatever their status; nothing if none are
// kept.
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
  Taker(const TaskIndex& index, const Window& window) : index_(index), window_(window) {}
  void take(Slot slot) {
    const size_t position = page_.total++;
    if (position >= window_.offset && !is_done()) page_.tasks.push_back(index_.task_at(slot));
  }
  bool is_done() const { return page_.tasks.size() == window_.count; }
  TaskPage page() && { return std::move(page_); }

 private:
  const TaskIndex& index_;
  const Window& window_;
  TaskPage page_;
};

TaskPage take_by_id(const TaskIndex& index, const TaskQuery& query, Taker taker) {
  const Matcher matches(index, query);
  for (const TaskId& id : query.task_ids) {
    const Slot slot = index.tasks().find(id);
    if (!slot.empty() && matches(slot)) taker.take(slot);
  }
  return std::move(taker).page();
}

TaskPage take_sorted(const TaskIndex& index, const Candidates& candidates, const TaskQuery& query,
                     Taker taker) {
  const Matcher matches(index, query);
  std::vector<Slot> found;
  const auto note = [&](Slot slot) {
    if (matches(slot)) found.push_back(slot);
  };
  for (const auto* tasks : candidates.ordered) std::for_each(tasks->begin(), tasks->end(), note);
  for (const auto* tasks : candidates.unordered) std::for_each(tasks->begin(), tasks->end(), note);
  std::sort(found.begin(), found.end(), index.tasks().by_key());
  for (const Slot slot : found) taker.take(slot);
  return std::move(taker).page();
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
  const Matcher matches(index, query);
  Taker taker(index, window);
  for (const Slot slot : tasks) {
    if (total && taker.is_done()) break;
    if (matches(slot)) taker.take(slot);
  }
  TaskPage page = std::move(taker).page();
  if (total) page.total = *total;
  return page;
}

TaskPage take_forwards(const TaskIndex& index, const TaskQuery& query, const Window& window) {
  if (!query.task_ids.empty()) return take_by_id(index, query, {index, window});
  const Candidates candidates = narrowest(index, query);
  if (candidates.size == 0) return {};
  if (candidates.ordered.size() == 1 && candidates.unordered.empty())
    return take_in_order(index, *candidates.ordered.front(), query, window);
  return take_sorted(index, candidates, query, {index, window});
}

// Of a list of so many: the position of the window's first item, counted forwards, and how many there are.
std::pair<size_t, size_t> forwards(const Window& window, size_t total) {
  const size_t skipped = std::min(window.offset, total);
  const size_t count = std::min(window.count, total - skipped);
  return {window.is_reversed ? total - skipped - count : skipped, count};
}

}  // namespace

TaskPage Cluster::list_task_page(const TaskQuery& query, const Window& window) const {
  if (!window.is_reversed) return take_forwards(tables_->index, query, window);
  const size_t total = take_forwards(tables_->index, query, {0, 0}).total;
  const auto [first, count] = forwards(window, total);
  TaskPage page = take_forwards(tables_->index, query, {first, count});
  std::reverse(page.tasks.begin(), page.tasks.end());
  return page;
}

JobPage Cluster::list_job_page(const std::string& role, const Window& window) const {
  const auto& jobs = tables_->index.jobs();
  const RoleRecord* record = role.empty() ? nullptr : tables_->index.roles().find_record(role);
  if (!role.empty() && record == nullptr) return {};
  JobPage page{{}, record == nullptr ? jobs.size() : static_cast<size_t>(record->records)};
  const auto [first, count] = forwards(window, page.total);
  auto job = record == nullptr ? jobs.in_order().at(first) : jobs.lower_bound({role, "", ""});
  if (record != nullptr) std::advance(job, first);
  for (; page.jobs.size() < count; ++job) page.jobs.push_back({&jobs[*job].job, &jobs[*job].counts});
  if (window.is_reversed) std::reverse(page.jobs.begin(), page.jobs.end());
  return page;
}

RolePage Cluster::list_role_page(const Window& window) const {
  const auto& roles = tables_->index.roles();
  RolePage page{{}, roles.size()};
  const auto [first, count] = forwards(window, page.total);
  for (auto role = roles.in_order().at(first); page.roles.size() < count; ++role)
    page.roles.push_back({roles[*role].role, roles[*role].jobs, roles[*role].crons});
  if (window.is_reversed) std::reverse(page.roles.begin(), page.roles.end());
  return page;
}

CronPage Cluster::list_cron_page(const std::string& role, const Window& window) const {
  const auto& all = tables_->cron_jobs;
  const RoleRecord* record = role.empty() ? nullptr : tables_->index.roles().find_record(role);
  if (!role.empty() && record == nullptr) return {};
  CronPage page{{}, record == nullptr ? all.size() : static_cast<size_t>(record->crons)};
  const auto [first, count] = forwards(window, page.total);
  auto job = record == nullptr ? all.begin() : all.lower_bound({role, "", ""});
  std::advance(job, first);
  for (; page.jobs.size() < count; ++job) page.jobs.push_back(&job->second);
  if (window.is_reversed) std::reverse(page.jobs.begin(), page.jobs.end());
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
  return take_forwards(tables_->index, query, {0, std::numeric_limits<size_t>::max()}).tasks;
}

}  // namespace aurora::core

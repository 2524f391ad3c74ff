#include "aurora/scheduler/job_history.h"

#include <unordered_set>

#include "scheduler/walk.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr size_t kJobsPerLook = 64;

void add(std::vector<SlaTask>& copies, const std::vector<const Task*>& tasks) {
  for (const Task* task : tasks) {
    if (task->config->is_service) copies.push_back(sla_task_of(*task));
  }
}

// What one look at several jobs has found.
struct Part {
  std::vector<JobHistory> jobs;
  std::optional<JobKey> large;  // comes after these, and is read by itself
  size_t read = 0;              // of the jobs of the page
  WalkCursor<JobKey> next;
};

Part read_part(const Cluster& cluster, const WalkCursor<JobKey>& cursor) {
  const size_t size = cluster.list_job_page("", {0, 0}).total;
  const auto key_at = [&](size_t offset) { return cluster.list_job_page("", {offset, 1}).jobs.front().job; };
  const size_t begin = find_next(cursor, size, key_at);
  const JobPage page = cluster.list_job_page("", {begin, kJobsPerLook});
  Part part;
  size_t tasks = 0;
  for (const auto& [job, counts] : page.jobs) {
    const auto of_job = static_cast<size_t>(counts->total());
    if (tasks > 0 && tasks + of_job > kTasksPerLook) break;
    tasks += of_job;
    ++part.read;
    part.next = {begin + part.read, *job};
    if (of_job > kTasksPerLook) {
      part.large = *job;
      break;
    }
    JobHistory history{.job = *job, .tasks = {}};
    add(history.tasks, cluster.list_job_tasks(*job));
    if (!history.tasks.empty()) part.jobs.push_back(std::move(history));
  }
  return part;
}

struct TasksSeen {
  std::vector<std::pair<TaskId, SlaTask>> tasks;
  size_t read = 0;
  size_t total = 0;
};

TasksSeen look_at_tasks(const Cluster& cluster, const TaskQuery& query, size_t offset, JobTasks which) {
  const TaskPage page = cluster.list_task_page(query, {offset, kTasksPerLook});
  TasksSeen seen{.tasks = {}, .read = page.tasks.size(), .total = page.total};
  for (const Task* task : page.tasks) {
    if (which == JobTasks::All || task->config->is_service) seen.tasks.emplace_back(task->id, sla_task_of(*task));
  }
  return seen;
}

}  // namespace

JobHistory read_job_history(const Engine& engine, const JobKey& job, const std::function<bool()>& is_unwanted, JobTasks which) {
  JobHistory history{.job = job, .tasks = {}};
  std::unordered_set<TaskId> known;
  TaskQuery query;
  query.role = job.role;
  query.environment = job.environment;
  query.job_name = job.name;
  const auto of_job = [&](const auto&) { return &job; };
  for (size_t offset = 0;;) {
    auto seen = engine.look_at_job([&](const Cluster& cluster) { return look_at_tasks(cluster, query, offset, which); }, of_job);
    history.seen = std::max(history.seen, seen.round);
    for (auto& [id, task] : seen.value.tasks) {
      if (known.insert(id).second) history.tasks.push_back(std::move(task));
    }
    offset += seen.value.read;
    if (seen.value.read == 0 || offset >= seen.value.total || is_unwanted()) return history;
  }
}

std::optional<RoundNumber> visit_jobs(const Engine& engine, const std::function<void(const JobHistory&)>& visit,
                                      const std::function<bool()>& is_unwanted) {
  RoundNumber newest = 0;
  for (WalkCursor<JobKey> cursor; !is_unwanted();) {
    const auto seen = engine.look([&](const Cluster& cluster) { return read_part(cluster, cursor); });
    newest = std::max(newest, seen.round);
    if (seen.value.read == 0) return newest;
    cursor = seen.value.next;
    for (const JobHistory& job : seen.value.jobs) visit(job);
    if (!seen.value.large) continue;
    const JobHistory large = read_job_history(engine, *seen.value.large, is_unwanted);
    newest = std::max(newest, large.seen);
    if (!large.tasks.empty()) visit(large);
  }
  return std::nullopt;
}

}  // namespace aurora::scheduler

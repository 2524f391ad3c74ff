#include "core/reconciliation/unknown_host_tasks.h"

#include <algorithm>
#include <map>
#include <set>

#include "aurora/core/lifecycle/task_lifecycle.h"

namespace aurora::core {
namespace {

// What an executor calls a task that is there: on its way in, running, or on its way out.
bool is_there(TaskStatus status) { return !is_terminal(status); }

using Noted = std::map<TaskId, UnknownTask>;

Noted list_noted(const Cluster& cluster, const HostId& host) {
  Noted noted;
  for (const UnknownTask* task : cluster.list_unknown_tasks(host)) noted.emplace(task->id, *task);
  return noted;
}

UnknownTask describe(const Cluster& cluster, const HostNews& news, const TaskReport& report, const Noted& before,
                     Instant now) {
  UnknownTask task{report.task_id, news.host, report.status, report.summary, now};
  if (const auto noted = before.find(report.task_id); noted != before.end()) {
    task.since = noted->second.since;
    if (!task.summary) task.summary = noted->second.summary;
  }
  const Task* record = cluster.find_task(report.task_id);
  if (!task.summary && record) task.summary = summary_of(*record);
  return task;
}

// Legal, so that it is the last change.
void move_on(const Cluster& cluster, Task& task, const TransitionRequest& request, const Context& context,
             Decision& decision) {
  transition(cluster, task, request, context, decision);
  const auto* moved = std::get_if<TaskMoved>(&decision.changes.back());
  AURORA_CHECK(moved != nullptr && moved->task_id == task.id && moved->move.event.status == request.to);
  apply(moved->move, task);
}

}  // namespace

Standing standing_of(const Cluster& cluster, const HostId& host, const TaskId& id) {
  const Task* task = cluster.find_task(id);
  if (task && task->host == host) return Standing::Known;
  if (cluster.find_tombstone(id)) return Standing::Condemned;
  if (!task) return Standing::Unknown;
  if (task->status == TaskStatus::Pending || task->status == TaskStatus::Throttled) return Standing::Waiting;
  const bool is_over = is_terminal(task->status) || task->status == TaskStatus::Killing;
  return is_over ? Standing::Condemned : Standing::Unknown;
}

bool needs_descriptions(const Cluster& cluster, const ReportTasks& report) {
  if (report.host) return false;
  const Noted noted = list_noted(cluster, report.host_id);
  return std::ranges::any_of(report.tasks, [&](const TaskReport& task) {
    if (!is_there(task.status) || task.summary) return false;
    const Standing standing = standing_of(cluster, report.host_id, task.task_id);
    if (standing == Standing::Known || standing == Standing::Condemned) return false;
    return !noted.contains(task.task_id);
  });
}

void note_unknown_tasks(const Cluster& cluster, const HostNews& news, const Context& context, Decision& decision) {
  const Noted before = list_noted(cluster, news.host);
  Noted found = news.is_complete ? Noted{} : before;
  for (const TaskReport* report : news.tasks) {
    const Standing standing = standing_of(cluster, news.host, report->task_id);
    const bool is_foreign = standing == Standing::Condemned || standing == Standing::Unknown;
    if (!is_there(report->status) || !is_foreign) {
      found.erase(report->task_id);
      continue;
    }
    UnknownTask& noted = found[report->task_id] = describe(cluster, news, *report, before, context.now);
    noted.is_condemned = standing == Standing::Condemned;
    if (noted.is_condemned && report->status != TaskStatus::Killing) {
      decision.effects.push_back(KillTask{news.host, report->task_id});
    }
  }
  if (before == found) return;
  UnknownTasksFound change{news.host, {}};
  for (auto& [id, task] : found) change.tasks.push_back(std::move(task));
  decision.changes.push_back(std::move(change));
}

void adopt_waiting(const Cluster& cluster, const HostId& host, const TaskReport& report, const Context& context,
                   Decision& decision) {
  const Task* waiting = cluster.find_task(report.task_id);
  AURORA_CHECK(waiting != nullptr && waiting->host.empty());
  Task task = *waiting;
  if (task.status == TaskStatus::Throttled) move_on(cluster, task, {TaskStatus::Pending, {}}, context, decision);
  Assignment assignment{host, {}};
  if (report.summary) assignment.ports = report.summary->ports;
  move_on(cluster, task, {TaskStatus::Assigned, "Its host has it already.", {}, std::move(assignment)}, context,
          decision);
  const bool is_known = report.status == TaskStatus::Assigned || report.status == TaskStatus::Killing;
  if (!is_known) transition(cluster, task, {report.status, report.message, report.reason}, context, decision);
}

void drop_tombstones(const Cluster& cluster, const HostNews& news, Decision& decision) {
  const auto tombstones = cluster.list_tombstones(news.host);
  if (tombstones.empty()) return;
  std::set<TaskId> there;
  for (const TaskReport* task : news.tasks) {
    if (is_there(task->status)) there.insert(task->task_id);
  }
  for (const Tombstone* tombstone : tombstones) {
    if (!there.contains(tombstone->task_id)) decision.changes.push_back(TombstoneDeleted{tombstone->task_id});
  }
}

}  // namespace aurora::core

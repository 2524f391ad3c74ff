#include "core/reconciliation/reconcile.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/reconciliation/unknown_host_tasks.h"

namespace aurora::core {
namespace {

// What executors say of a task; the other statuses are the scheduler's own.
bool can_be_reported(TaskStatus status) {
  switch (status) {
    case TaskStatus::Assigned:
    case TaskStatus::Starting:
    case TaskStatus::Running:
    case TaskStatus::Killing:
    case TaskStatus::Finished:
    case TaskStatus::Failed:
    case TaskStatus::Killed:
    case TaskStatus::Lost:
      return true;
    case TaskStatus::Init:
    case TaskStatus::Pending:
    case TaskStatus::Throttled:
    case TaskStatus::Restarting:
    case TaskStatus::Draining:
    case TaskStatus::Preempting:
    case TaskStatus::Partitioned:
    case TaskStatus::Deleted:
      return false;
  }
  return false;
}

// One report per task: the last, except that an end is final.
using Reports = std::unordered_map<TaskId, const TaskReport*>;

Result<Reports> collect(const ReportTasks& report) {
  Reports reports;
  for (const TaskReport& task : report.tasks) {
    if (!can_be_reported(task.status)) {
      return Error{ErrorCode::InvalidArgument, "Host '" + report.host_id.value() + "' reports task '" +
                                                   task.task_id.value() + "' as " +
                                                   std::string(enum_name(task.status)) +
                                                   ": an executor reports ASSIGNED, STARTING, RUNNING, "
                                                   "KILLING, FINISHED, FAILED, KILLED or LOST."};
    }
    const TaskReport*& kept = reports[task.task_id];
    if (!kept || !is_terminal(kept->status)) kept = &task;
  }
  return reports;
}

void apply_report(const Cluster& cluster, const HostId& host, const TaskReport& report,
                  const Context& context, Decision& decision) {
  const Standing standing = standing_of(cluster, host, report.task_id);
  if (standing == Standing::Waiting) return adopt_waiting(cluster, host, report, context, decision);
  if (standing != Standing::Known) return;  // note_unknown_tasks() sees to it
  if (report.status == TaskStatus::Killing) return;  // there, and on its way out: no news
  const Task* task = cluster.find_task(report.task_id);
  const Outcome outcome = transition(cluster, *task, {report.status, report.message, report.reason}, context, decision);
  // A host that was cut off may tell of an end that the table does not foresee. The run is over all the same,
  // and the host will not tell again.
  if (outcome == Outcome::Illegal && is_terminal(report.status) && is_assigned(task->status)) {
    transition(cluster, *task, {TaskStatus::Lost, report.message, report.reason}, context, decision);
  }
}

// A task that should be on the host and is not in its complete list. An assigned one has not arrived yet.
void apply_absence(const Cluster& cluster, const Task& task, const Context& context, Decision& decision) {
  if (task.status == TaskStatus::Assigned) {
    decision.effects.push_back(launch_of(task));
    return;
  }
  const EndReason reason = host_lost(task.host.value() + " reported without it");
  transition(cluster, task, {TaskStatus::Lost, "Task is unknown to its host.", reason}, context, decision);
}

// What the tables will expect of the host when the decision is applied.
ExpectedTasks expected_after(const Cluster& cluster, const HostId& host, const Decision& decision) {
  ExpectedTasks expected = cluster.expected_tasks(host);
  std::unordered_map<TaskId, Task> changed;
  for (const Change& change : decision.changes) {
    const auto after = find_task_after(cluster, change);
    if (!after) continue;
    const Task* known = cluster.find_task(after->record.id);
    Task& task = changed.try_emplace(after->record.id, known ? *known : Task()).first->second;
    if (task.host == host) expected.remove(task);
    if (const auto* saved = std::get_if<TaskSaved>(&change)) task = saved->task;
    if (const auto* moved = std::get_if<TaskMoved>(&change)) apply(moved->move, task);
    if (task.host == host) expected.add(task);
  }
  return expected;
}

// Tasks that are nobody's, and ends that the host has not confirmed, are looked at with each list.
bool has_open_questions(const Cluster& cluster, const HostId& host, const Decision& decision) {
  if (!cluster.list_unknown_tasks(host).empty() || !cluster.list_tombstones(host).empty()) return true;
  return std::ranges::any_of(decision.changes, [](const Change& change) {
    return std::holds_alternative<UnknownTasksFound>(change) ||
           std::holds_alternative<TombstoneSaved>(change) || std::holds_alternative<TaskDeleted>(change);
  });
}

bool agrees(const Cluster& cluster, const ReportTasks& report, const Decision& decision) {
  return report.digest && !has_open_questions(cluster, report.host_id, decision) &&
         *report.digest == expected_after(cluster, report.host_id, decision).told;
}

}  // namespace

Result<bool> reconcile(const Cluster& cluster, const ReportTasks& report, const Context& context,
                       Decision& decision) {
  const Reports reports = TRY(collect(report));
  HostNews news{report.host_id, report.complete};
  for (const TaskReport& task : report.tasks) {
    if (reports.at(task.task_id) == &task) news.tasks.push_back(&task);
  }
  for (const TaskReport* task : news.tasks) apply_report(cluster, report.host_id, *task, context, decision);
  note_unknown_tasks(cluster, news, context, decision);
  const auto find_absent = [&](const auto& may_be_absent) {
    for (const Task* task : cluster.list_host_tasks(report.host_id)) {
      if (may_be_absent(*task) && !reports.contains(task->id))
        apply_absence(cluster, *task, context, decision);
    }
  };
  if (report.complete) {
    find_absent([](const Task&) { return true; });
    drop_tombstones(cluster, news, decision);
    return agrees(cluster, report, decision);
  }
  if (!agrees(cluster, report, decision)) return false;
  if (cluster.expected_tasks(report.host_id).untold > 0) {
    find_absent([](const Task& task) { return !find_told_status(task); });
  }
  return true;
}

}  // namespace aurora::core

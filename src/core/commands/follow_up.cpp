// What task changes and status changes mean for updates (spec/scheduler.md §9.4, §9.6, §9.12).
#include <algorithm>
#include <map>

#include "aurora/core/commands/command.h"
#include "core/update/evaluation.h"
#include "core/update/instance_update.h"
#include "core/update/update_history.h"

namespace aurora::core {
namespace {

struct Touched {
  std::map<JobKey, UpdateNews> jobs;
  std::set<UpdateKey> moved;   // updates that are new or changed their status
  bool tasks_deleted = false;  // whose is not known any more
};

Touched collect(const std::vector<Change>& applied) {
  Touched touched;
  for (const Change& change : applied) {
    if (const auto* saved = std::get_if<TaskSaved>(&change)) {
      UpdateNews& news = touched.jobs[saved->task.job()];
      news.changed.insert(saved->task.instance_id);
      if (is_terminal(saved->task.status)) news.ended.push_back(&saved->task);
    }
    if (std::holds_alternative<TaskDeleted>(change)) touched.tasks_deleted = true;
    if (const auto* saved = std::get_if<UpdateSaved>(&change)) touched.moved.insert(saved->update.key);
    if (const auto* event = std::get_if<UpdateEventAdded>(&change)) touched.moved.insert(event->key);
  }
  return touched;
}

void evaluate(const Cluster& cluster, const JobUpdate& update, const Touched& touched, const Context& context,
              Decision& decision) {
  if (touched.moved.count(update.key) > 0) {
    return evaluate_update(cluster, update, begin_progress(cluster, update), {}, context, decision);
  }
  auto news = touched.jobs.find(update.key.job);
  if (news == touched.jobs.end() && !touched.tasks_deleted) return;
  UpdateNews all = news == touched.jobs.end() ? UpdateNews{} : news->second;
  all.everything = touched.tasks_deleted;
  evaluate_update(cluster, update, progress_of(cluster, update), all, context, decision);
}

}  // namespace

Decision follow_up(const Cluster& cluster, const std::vector<Change>& applied, const Context& context) {
  Decision decision;
  const std::vector<const JobUpdate*> active = cluster.list_active_updates();
  const bool concerns_updates =
      !active.empty() || std::any_of(applied.begin(), applied.end(), [](const Change& c) {
        return std::holds_alternative<UpdateEventAdded>(c) || std::holds_alternative<TaskDeleted>(c);
      });
  if (!concerns_updates) return decision;
  const Touched touched = collect(applied);
  for (const JobUpdate* update : active) {
    if (is_working(status_of(*update))) evaluate(cluster, *update, touched, context, decision);
  }
  for (const UpdateKey& key : touched.moved) {
    const JobUpdate* update = cluster.find_update(key);
    if (update && is_terminal(status_of(*update))) prune_job_updates(cluster, key.job, context, decision);
  }
  if (touched.tasks_deleted) prune_all_updates(cluster, context, decision);
  return decision;
}

}  // namespace aurora::core

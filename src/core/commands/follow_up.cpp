// What task changes and status changes mean for updates (spec/scheduler.md §9.4, §9.6, §9.12) and for draining hosts
// (§11.2).
#include <map>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/commands/command.h"
#include "core/maintenance/drain_host.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_history.h"
#include "core/update/instance_update.h"

namespace aurora::core {
namespace {

struct Touched {
  std::map<JobKey, UpdateNews> jobs;
  std::set<UpdateKey> moved;  // updates that are new or changed their status
  std::set<JobKey> shrunk;    // jobs that lost a record
};

Touched collect(const Cluster& cluster, const std::vector<Change>& applied) {
  Touched touched;
  for (const Change& change : applied) {
    if (const auto task = find_task_after(cluster, change)) {
      UpdateNews& news = touched.jobs[task->record.job()];
      news.changed.insert(task->record.instance_id);
      if (is_terminal(task->status)) news.ended.push_back(&task->record);
    }
    if (const auto* deleted = std::get_if<TaskDeleted>(&change)) {
      touched.jobs[deleted->job].changed.insert(deleted->instance_id);
      touched.shrunk.insert(deleted->job);
    }
    if (const auto* said = std::get_if<CoordinatorSaid>(&change); said != nullptr && !said->job.name.empty())
      touched.jobs[said->job].changed.insert(said->instance_id);
    if (const auto* saved = std::get_if<UpdateSaved>(&change)) touched.moved.insert(saved->update->key);
    if (const auto* event = std::get_if<UpdateEventAdded>(&change)) touched.moved.insert(event->key);
  }
  return touched;
}

// An update that has moved begins afresh; the others hear what happened to their instances. The first look after
// a restart, whatever it is that leads to it, is at all of them.
void evaluate_updates(const Cluster& cluster, Touched& touched, const Context& context, Decision& decision) {
  for (const UpdateKey& key : touched.moved) {
    const JobUpdate* update = cluster.find_update(key);
    if (!update || !is_working(status_of(*update))) continue;
    evaluate_update(cluster, *update, begin_progress(cluster, *update), {}, context, decision);
  }
  for (auto& [job, news] : touched.jobs) {
    const JobUpdate* update = cluster.find_active_update(job);
    if (!update || touched.moved.contains(update->key) || !is_working(status_of(*update))) continue;
    news.everything = cluster.find_progress(update->key) == nullptr;
    evaluate_update(cluster, *update, progress_of(cluster, *update), news, context, decision);
  }
}

void prune_updates(const Cluster& cluster, const Touched& touched, const Context& context,
                   Decision& decision) {
  std::set<JobKey> jobs = touched.shrunk;
  for (const UpdateKey& key : touched.moved) {
    const JobUpdate* update = cluster.find_update(key);
    if (update && is_terminal(status_of(*update))) jobs.insert(key.job);
  }
  for (const JobKey& job : jobs) prune_job_updates(cluster, job, context, decision);
}

}  // namespace

// Costs what the changes concern: the jobs whose tasks they touch, the updates they move, the hosts that wait for them.
Decision follow_up(const Cluster& cluster, const std::vector<Change>& applied, const Context& context) {
  Decision decision;
  Touched touched = collect(cluster, applied);
  evaluate_updates(cluster, touched, context, decision);
  prune_updates(cluster, touched, context, decision);
  follow_drains(cluster, applied, context, decision);
  return decision;
}

}  // namespace aurora::core

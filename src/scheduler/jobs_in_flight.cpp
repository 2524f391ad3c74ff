#include "scheduler/jobs_in_flight.h"

#include <algorithm>

#include "aurora/base/overloaded.h"

namespace aurora::scheduler {

using namespace core;

void JobsInFlight::note(const Cluster& cluster, const Change& change, RoundNumber round) {
  const auto note_task = [&](const TaskId& id) {
    if (const Task* task = cluster.find_task(id)) note_job(task->job(), round);
  };
  const auto by_update = [&](const UpdateKey& key) { note_job(key.job, round); };
  std::visit(Overloaded{
                 [&](const TaskSaved& c) { note_job(c.task.job(), round); },
                 [&](const TaskMoved& c) { note_task(c.task_id); },
                 [&](const TaskDeleted& c) { note_task(c.task_id); },
                 [&](const UpdateSaved& c) { by_update(c.update->key); },
                 [&](const UpdateEventAdded& c) { by_update(c.key); },
                 [&](const InstanceEventAdded& c) { by_update(c.key); },
                 [&](const UpdateDeleted& c) { by_update(c.key); },
                 [&](const HostSaved&) { hosts_ = round; },
                 [](const QuotaSaved&) {},
                 [&](const CronJobSaved& c) { note_job(c.job->job.key, round); },
                 [&](const CronProgressed& c) { note_job(c.job, round); },
                 [&](const CronJobDeleted& c) { note_job(c.job, round); },
                 [](const TombstoneSaved&) {},  // nobody tells of them
                 [](const TombstoneDeleted&) {}, [](const RequestAnswered&) {}, [](const RequestForgotten&) {},
                 // What is not durable no crash undoes.
                 [](const HostSeen&) {},
                 [](const HostChecked&) {}, [](const HostGone&) {},
                 [](const HostReserved&) {}, [](const HostReleased&) {},
                 [](const InstanceKept&) {}, [](const InstanceReleased&) {}, [](const ListWanted&) {},
                 [](const UpdateProgressed&) {},
                 [](const PendingReasonFound&) {},
                 [](const UnknownTasksFound&) {},
                 [](const DrainProgressed&) {},
                 [](const CoordinatorAsked&) {}, [](const CoordinatorSaid&) {},
             },
             change);
}

void JobsInFlight::note_job(const JobKey& job, RoundNumber round) {
  if (!order_.empty() && order_.back().first == round && order_.back().second == job) return;  // as most are
  RoundNumber& newest = newest_[job];
  if (std::exchange(newest, round) != round) order_.emplace_back(round, job);
}

RoundNumber JobsInFlight::newest(const JobKey& job) const {
  const auto found = newest_.find(job);
  return found == newest_.end() ? hosts_ : std::max(hosts_, found->second);
}

void JobsInFlight::forget(RoundNumber durable) {
  for (; !order_.empty() && order_.front().first <= durable; order_.pop_front()) {
    const auto found = newest_.find(order_.front().second);
    if (found != newest_.end() && found->second <= durable) newest_.erase(found);
  }
}

}  // namespace aurora::scheduler

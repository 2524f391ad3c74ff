#include "scheduler/state_of.h"

#include <algorithm>
#include <limits>
#include <set>

namespace aurora::scheduler {

using namespace core;

namespace {

// In the order in which they came: decisions go through hosts in it.
std::vector<const Host*> hosts_in_order(const Cluster& cluster) {
  std::vector<const Host*> hosts = cluster.list_hosts();
  std::ranges::sort(hosts, {}, [&](const Host* host) { return cluster.find_position(host->id).value_or(0); });
  return hosts;
}

void add_session(const Cluster& cluster, const HostId& host, std::vector<Change>& changes) {
  if (const HostSilence* silence = cluster.find_silence(host)) {
    changes.push_back(HostSeen{host, silence->session, 0, silence->at});
    changes.push_back(HostGone{host, silence->at});
  }
  const HostSession* session = cluster.find_session(host);
  if (session == nullptr) return;
  for (const std::string& former : session->former) changes.push_back(HostSeen{host, former, 0, session->since});
  changes.push_back(HostSeen{host, session->session, 0, session->since});
  changes.push_back(HostSeen{host, session->session, session->sequence, session->last_seen, session->has_left});
  if (session->list_wanted) changes.push_back(ListWanted{host});
}

void add_unknown_tasks(const Cluster& cluster, const HostId& host, std::vector<Change>& changes) {
  UnknownTasksFound found{host, {}};
  for (const UnknownTask* task : cluster.list_unknown_tasks(host)) found.tasks.push_back(*task);
  if (!found.tasks.empty()) changes.push_back(std::move(found));
}

// Coordinators are those that policies name.
void add_coordinators(const Cluster& cluster, std::vector<Change>& changes) {
  std::set<std::string> urls;
  const auto note = [&](const std::optional<SlaPolicy>& policy) {
    const auto* asks = policy ? std::get_if<CoordinatorSlaPolicy>(&*policy) : nullptr;
    if (asks != nullptr) urls.insert(asks->coordinator_url);
  };
  for (const Task* task : cluster.list_tasks({})) {
    note(task->config->sla_policy);
    if (const CoordinatorSaid* said = cluster.find_coordinator_answer(task->id)) changes.push_back(*said);
  }
  for (const Host* host : cluster.list_hosts()) {
    if (host->drain) note(host->drain->policy);
  }
  for (const std::string& url : urls) {
    if (const CoordinatorAsked* asked = cluster.find_coordinator(url)) changes.push_back(*asked);
  }
}

}  // namespace

std::vector<Change> state_of(const Cluster& cluster) {
  constexpr Instant kEver{std::numeric_limits<int64_t>::max()};
  std::vector<Change> state;
  for (const Host* host : hosts_in_order(cluster)) state.push_back(HostSaved{*host});
  for (const Tombstone* tombstone : cluster.list_tombstones(kEver, cluster.tombstone_count()))
    state.push_back(TombstoneSaved{*tombstone});
  for (const Quota* quota : cluster.list_quotas()) state.push_back(QuotaSaved{*quota});
  for (const CronJob* job : cluster.list_cron_jobs()) {
    state.push_back(CronJobSaved{*job});
    if (const CronProgress* progress = cluster.find_cron_progress(job->job.key))
      state.push_back(CronProgressed{job->job.key, *progress});
  }
  for (const AnsweredRequest* request : cluster.list_oldest_answered_requests(cluster.answered_request_count()))
    state.push_back(RequestAnswered{*request});
  for (const Task* task : cluster.list_tasks({})) state.push_back(TaskSaved{*task});
  for (const JobUpdate* update : cluster.list_updates()) state.push_back(UpdateSaved{*update});
  return state;
}

std::vector<Change> snapshot_of(const Cluster& cluster) {
  std::vector<Change> changes = state_of(cluster);
  for (const Host* host : hosts_in_order(cluster)) {
    add_session(cluster, host->id, changes);
    add_unknown_tasks(cluster, host->id, changes);
    if (const DrainProgress* progress = cluster.find_drain_progress(host->id)) changes.push_back(DrainProgressed{host->id, *progress});
  }
  for (const HostReserved* reserved : cluster.list_reservations()) changes.push_back(*reserved);
  for (const InstanceKept* kept : cluster.list_kept()) changes.push_back(*kept);
  for (const JobUpdate* update : cluster.list_active_updates()) {
    if (const UpdateProgress* progress = cluster.find_progress(update->key)) changes.push_back(UpdateProgressed{update->key, *progress});
  }
  add_coordinators(cluster, changes);
  return changes;
}

}  // namespace aurora::scheduler

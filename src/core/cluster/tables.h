// The records of a Cluster and the indexes over them.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "aurora/core/cluster/cluster.h"
#include "core/cluster/answered_requests.h"
#include "core/cluster/coordinators.h"
#include "core/cluster/drains.h"
#include "core/cluster/host_index.h"
#include "core/cluster/task_index.h"
#include "core/cluster/unknown_tasks.h"

namespace aurora::core {

struct Cluster::Tables {
  Tables(ExecutorOverhead executor_overhead, OfferOrder order)
      : overhead(executor_overhead),
        configs(executor_overhead),
        index(hosts, configs, attributes),
        room(std::move(order)) {}

  void apply(TaskSaved change);
  void apply(const TaskMoved& change);
  void apply(const TaskDeleted& change);
  void apply(const HostSaved& change);
  void apply(const UpdateSaved& change);
  void apply(const UpdateEventAdded& change);
  void apply(const InstanceEventAdded& change);
  void apply(const UpdateDeleted& change);
  void apply(const HostSeen& change);
  void apply(const HostChecked& change);
  void apply(const HostGone& change);
  void apply(const UpdateProgressed& change);
  void apply(const PendingReasonFound& change);
  void apply(const TombstoneSaved& change) { tombstones.save(change.tombstone); }
  void apply(const TombstoneDeleted& change) { tombstones.erase(change.task_id); }
  void apply(const QuotaSaved& change) { quotas[change.quota.role] = change.quota; }
  void apply(const CronJobSaved& change);
  void apply(const CronProgressed& change);
  void apply(const CronJobDeleted& change);
  void apply(const RequestAnswered& change) { answered_requests.apply(change); }
  void apply(const RequestForgotten& change) { answered_requests.apply(change); }
  void apply(const HostReserved& change);
  void apply(const HostReleased& change);
  void apply(const InstanceKept& change);
  void apply(const InstanceReleased& change);
  void apply(const ListWanted& change);
  void apply(const UnknownTasksFound& change);
  void apply(const DrainProgressed& change);
  void apply(const CoordinatorAsked& change) { coordinators.apply(change); }
  void apply(const CoordinatorSaid& change) { coordinators.apply(change); }

  ResourceTotals available(const HostRecord& host) const;  // REQUIRES: its Host is known
  ResourceTotals cleared(const HostRecord& host) const;    // the same without the tasks outside production
  void note_room(Slot host);  // after anything about the host or its tasks changed; none may be given
  void note_use(Slot host);   // after its tasks changed: one that is not connected offers nothing, before or after
  void note_kept(const HostId& host, int more);
  void forget_suspects(const Host& host);
  void take_configs(UpdateInstructions& instructions);
  void give_back_configs(const UpdateInstructions& instructions);
  void note_status(const JobUpdate& update);

  ExecutorOverhead overhead;
  OrderedTable<HostRecord> hosts;
  ConfigPool configs;
  AttributePool attributes;
  TaskIndex index;
  std::map<ConfigHash, PendingReason> pending_reasons;

  size_t connected_hosts = 0;
  std::map<ConfigHash, std::map<HostId, Instant>> suspecting_hosts;  // by what the hosts' records name
  HostIndex room;
  UnknownTasks unknown_tasks;
  Tombstones tombstones;

  Drains drains;
  Coordinators coordinators;

  std::map<std::string, Quota> quotas;  // by role
  std::map<JobKey, CronJob> cron_jobs;
  std::map<JobKey, CronProgress> cron_progress;
  AnsweredRequests answered_requests;
  std::map<HostId, HostReserved> reservations;
  std::map<ConfigHash, std::set<HostId>> reserved_hosts;  // by what `reservations` say
  std::map<InstanceKey, InstanceKept> kept;

  std::map<UpdateKey, JobUpdate> updates;
  std::map<JobKey, UpdateKey> active_updates;
  std::map<UpdateKey, UpdateProgress> progress;
  // Of active updates, by instance: positions in JobUpdate::instance_events.
  std::map<UpdateKey, std::unordered_map<int32_t, std::vector<size_t>>> instance_events;
};

}  // namespace aurora::core

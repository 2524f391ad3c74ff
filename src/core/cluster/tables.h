// The records of a Cluster and the indexes over them.
#pragma once

#include <map>
#include <string>

#include "aurora/core/cluster/cluster.h"
#include "core/cluster/task_index.h"
#include "core/cluster/unknown_tasks.h"
#include "core/placement/host_index.h"

namespace aurora::core {

// One copy of each configuration in use, however many records name it.
class ConfigPool {
 public:
  // The pool's copy of an equal configuration; counts one more user.
  TaskConfigRef take(const TaskConfigRef& config);
  void give_back(const TaskConfigRef& config);
  size_t size() const { return held_.size(); }

 private:
  struct Held {
    TaskConfigRef config;
    int64_t users = 0;
  };
  std::map<ConfigHash, Held> held_;
};

struct Cluster::Tables {
  explicit Tables(ExecutorOverhead executor_overhead) : overhead(executor_overhead), index(tasks, overhead) {}

  void apply(const TaskSaved& change);
  void apply(const TaskDeleted& change);
  void apply(const HostSaved& change);
  void apply(const UpdateSaved& change);
  void apply(const UpdateEventAdded& change);
  void apply(const InstanceEventAdded& change);
  void apply(const UpdateDeleted& change);
  void apply(const HostSeen& change);
  void apply(const HostGone& change);
  void apply(const UpdateProgressed& change);
  void apply(const PendingReasonFound& change);
  void apply(const TombstoneSaved& change) { tombstones.save(change.tombstone); }
  void apply(const TombstoneDeleted& change) { tombstones.erase(change.task_id); }
  void apply(const UnknownTasksFound& change);

  const Host* find_host(const HostId& id) const;
  bool is_connected(const HostId& id) const;
  ResourceTotals available(const HostId& id) const;
  void note_room(const HostId& id);  // after anything about the host or its tasks changed
  void forget_suspects(const Host& host);
  void take_configs(UpdateInstructions& instructions);
  void give_back_configs(const UpdateInstructions& instructions);
  void note_status(const JobUpdate& update);

  ExecutorOverhead overhead;
  TaskTable tasks;
  TaskIndex index;
  ConfigPool configs;
  std::map<ConfigHash, PendingReason> pending_reasons;

  std::map<HostId, Host> hosts;
  std::map<HostId, HostSession> sessions;
  std::map<HostId, HostSilence> silences;
  std::map<ConfigHash, std::map<HostId, Instant>> suspecting_hosts;  // by what the hosts' records name
  HostIndex room;
  UnknownTasks unknown_tasks;
  Tombstones tombstones;

  std::map<UpdateKey, JobUpdate> updates;
  std::map<JobKey, UpdateKey> active_updates;
  std::map<UpdateKey, UpdateProgress> progress;
};

}  // namespace aurora::core

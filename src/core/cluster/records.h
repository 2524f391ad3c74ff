// What the tables hold of a task, job, role, host and configuration: the record and its share of the indexes.
// Records name each other by slot.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "core/cluster/attribute_pool.h"
#include "core/cluster/slot_table.h"

namespace aurora::core {

// What tasks of a host hold. Cores in millionths, so that adding and taking away leaves no
// remainder.
struct HostUsage {
  int64_t micro_cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  int64_t gpus = 0;
  int64_t ports = 0;
  int64_t micro_revocable_cpus = 0;
  HostUsage& operator+=(const HostUsage& more);
  HostUsage& operator-=(const HostUsage& less);
  friend bool operator==(const HostUsage&, const HostUsage&) = default;
};
HostUsage usage_of(const ResourceTotals& cost);
ResourceTotals subtract(const ResourceTotals& capacity, const HostUsage& used);

struct TaskRecord {
  Task task;
  Slot job;
  Slot config;
  Slot host;                     // none while the task has no host
  uint32_t status_position = 0;  // in the list of its status
  const TaskId& key() const { return task.id; }
};

struct ActiveTask {
  int32_t instance_id = 0;
  Slot task;
  friend bool operator==(const ActiveTask&, const ActiveTask&) = default;
};
struct TerminalTask {
  Instant at;  // its last event
  Slot task;
  friend bool operator==(const TerminalTask&, const TerminalTask&) = default;
};
struct SlotCount {
  Slot slot;
  int32_t count = 0;
};

// A few counts by slot, none of them 0, in the order of their slots' numbers.
class SlotCounts {
 public:
  void add(Slot slot, int32_t delta);
  int32_t of(Slot slot) const;
  const std::vector<SlotCount>& all() const { return counts_; }

 private:
  std::vector<SlotCount> counts_;
};

struct JobRecord {
  JobKey job;
  Slot role = {};
  SortedPieces<Slot> tasks = {};             // by id
  SortedPieces<ActiveTask> active = {};      // by instance
  SortedPieces<TerminalTask> terminal = {};  // by their last event, then by id
  SlotCounts active_configs = {};
  SlotCounts attributes = {};  // of the hosts of assigned tasks: limit constraints ask for them
  StatusCounts counts = {};
  bool is_cron = false;  // there is a cron job of this key: its record stays when its last task goes
  const JobKey& key() const { return job; }
};

// What a cron job counts with: the larger of a run and what runs.
struct CronUse {
  UseByClass active;
  UseByClass run;
  UseByClass beyond_active() const {
    UseByClass use = active;
    use.raise_to(run);
    use -= active;
    return use;
  }
};

struct RoleRecord {
  std::string role;
  int64_t records = 0;  // of jobs
  int64_t jobs = 0;     // that have tasks
  int64_t crons = 0;
  StatusCounts counts = {};
  UseByClass active_use = {};  // of its active tasks
  UseByClass cron_use = {};    // of its cron jobs beyond their active tasks
  const std::string& key() const { return role; }
};

struct PortUse {
  int32_t port = 0;
  int32_t holders = 0;  // assigned tasks
};

struct HostRecord {
  HostId id;
  std::optional<Host> host = {};  // none while only tasks or a session name it
  std::optional<HostSession> session = {};
  std::optional<HostSilence> silence = {};
  SortedPieces<Slot> tasks = {};  // every task that was assigned to the host, over or not; by id
  SortedPieces<Slot> assigned = {};
  ExpectedTasks expected = {};  // of `assigned`
  HostUsage used = {};
  HostUsage yielding = {};  // of these, by tasks outside production: they may have to go for others
  std::vector<PortUse> ports = {};             // in order
  std::vector<HostAttribute> attributes = {};  // of `host`
  size_t position = 0;                         // in the index of room, once there is a `host`
  const HostId& key() const { return id; }
  bool is_connected() const { return session && !session->has_left; }
};

// A configuration in use: one copy, however many records name it.
struct ConfigRecord {
  ConfigHash hash;
  TaskConfigRef config = {};
  int64_t users = 0;
  ResourceTotals cost = {};         // of one task on its host
  HostUsage usage = {};             // the same
  QuotaClass quota_class = QuotaClass::NonProdShared;
  QuotaUse asked = {};  // of one task
  PendingGroup* waiting = nullptr;  // its pending tasks, if there are any
  const ConfigHash& key() const { return hash; }
};

inline Instant last_event_of(const Task& task) {
  return task.events.empty() ? Instant{} : task.events.back().timestamp;
}

}  // namespace aurora::core

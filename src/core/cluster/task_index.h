// The tasks and the ways to find them: by id, job, host, status, and what waits. A change of a task touches
// the places that it concerns; check_invariants() compares them with what follows from the records.
#pragma once

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/cluster/records.h"
#include "core/cluster/text_pool.h"

namespace aurora::core {

// One copy of each configuration in use.
class ConfigPool {
 public:
  explicit ConfigPool(ExecutorOverhead overhead) : overhead_(overhead) {}
  // The slot of an equal configuration; counts one more user. REQUIRES: not empty.
  Slot take(const TaskConfigRef& config);
  // The pool's copy of it, or the empty one.
  TaskConfigRef share(const TaskConfigRef& config);
  void give_back(Slot config);
  void give_back(const TaskConfigRef& config);  // one that may be empty

  ConfigRecord& operator[](Slot slot) { return configs_[slot]; }
  const ConfigRecord& operator[](Slot slot) const { return configs_[slot]; }
  size_t size() const { return configs_.size(); }

 private:
  ExecutorOverhead overhead_;
  KeyTable<ConfigRecord> configs_;
};

class TaskIndex {
 public:
  TaskIndex(OrderedTable<HostRecord>& hosts, ConfigPool& configs, AttributePool& attributes)
      : hosts_(hosts), configs_(configs), attributes_(attributes) {}
  TaskIndex(const TaskIndex&) = delete;
  TaskIndex& operator=(const TaskIndex&) = delete;

  // Of a task that is known, what has changed. If that changed what a host has left: the task's host now, or none.
  std::optional<Slot> save(Task task);
  // The same of one that moves on; nothing changes when it has this event already.
  bool move(Slot task, const TaskMoved& change);
  void erase(Slot task);
  // There is a cron job of this key now, or another in its place; or not any more.
  void set_cron(const JobConfiguration& job);
  void drop_cron(const JobKey& job);
  // The attributes of the host become these.
  void set_attributes(HostRecord& host, const std::map<std::string, std::set<std::string>>& attributes);

  const OrderedTable<TaskRecord>& tasks() const { return tasks_; }
  const OrderedTable<JobRecord>& jobs() const { return jobs_; }
  const OrderedTable<RoleRecord>& roles() const { return roles_; }
  const AttributePool& attributes() const { return attributes_; }
  const StatusCounts& counts() const { return counts_; }
  const std::vector<Slot>& with_status(TaskStatus status) const {
    return statuses_[static_cast<size_t>(status)];
  }
  const std::map<ConfigHash, PendingGroup>& pending() const { return pending_; }
  const std::vector<PendingNeed>& pending_needs() const { return pending_needs_; }
  const ConfigPool& configs() const { return configs_; }
  const OrderedTable<HostRecord>& hosts() const { return hosts_; }
  const Task* task_at(Slot slot) const { return &tasks_[slot].task; }
  // The task's, without a look at its record: a walk over all tasks asks for little else.
  TaskStatus status_at(Slot slot) const { return status_at_[slot.index]; }

 private:
  // The places that depend on more than a task's id and job: all those of a new one, or those that a change
  // touches.
  struct Places {
    bool status = true;    // the list and the counts of its status
    bool active = true;    // of its job, by instance
    bool terminal = true;  // of its job, by age
    bool waiting = true;   // the queue of its configuration
    bool host = true;      // the tasks that the host ever had
    bool assigned = true;  // what the host has given away
    bool told = true;      // what is expected of the host
  };
  static Places changed_places(const TaskRecord& before, const Task& after, Slot host);
  static Places moved_places(const TaskRecord& before, const TaskMove& move, Slot host);
  Slot add(Task task);
  Slot find_or_insert_job(const JobKey& key);
  void drop_if_unused(Slot job);
  void note_active(JobRecord& job, const TaskRecord& record, int32_t delta);  // one more, or one less
  void share_texts(TaskRecord& record, const std::vector<TaskEvent>& known);
  void enter(Slot slot, const Places& places);
  void leave(Slot slot, const Places& places);
  void enter_status(Slot slot, TaskRecord& record);
  void leave_status(TaskRecord& record);
  void enter_queue(const TaskRecord& record);
  void leave_queue(const TaskRecord& record);
  void note_served(const TaskRecord& before, Instant at);  // it is assigned
  void note_since(const PendingGroup& group);
  void use(const TaskRecord& record, int32_t delta);  // of its host
  auto by_end() const;

  OrderedTable<HostRecord>& hosts_;
  ConfigPool& configs_;
  AttributePool& attributes_;
  OrderedTable<TaskRecord> tasks_;
  OrderedTable<JobRecord> jobs_;
  OrderedTable<RoleRecord> roles_;
  std::unordered_map<JobKey, CronUse> cron_uses_;
  TextPool texts_;
  std::array<std::vector<Slot>, static_cast<size_t>(TaskStatus::Partitioned) + 1> statuses_;  // in no order
  std::vector<TaskStatus> status_at_;  // by the slot's number
  StatusCounts counts_;
  std::map<ConfigHash, PendingGroup> pending_;  // none of them empty
  std::vector<PendingNeed> pending_needs_;      // of these
};

}  // namespace aurora::core

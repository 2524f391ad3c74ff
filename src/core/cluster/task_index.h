// The ways to find a task other than by its id. A pure function of the task and host records: building it
// again from them gives an equal index, which check_invariants() relies on. Pointers are to the records in
// the task table.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

using TaskTable = std::map<TaskId, Task>;

struct ById {
  bool operator()(const Task* a, const Task* b) const { return a->id < b->id; }
};
using TaskSet = std::set<const Task*, ById>;

// What tasks of a host hold. Cores in millionths, so that adding and taking away leaves no
// remainder.
struct HostUsage {
  int64_t micro_cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
  int64_t gpus = 0;
  int64_t ports = 0;
  HostUsage& operator+=(const HostUsage& more);
  friend bool operator==(const HostUsage&, const HostUsage&) = default;
};
int64_t to_micro_cpus(double cpus);
ResourceTotals subtract(const ResourceTotals& capacity, const HostUsage& used);

struct JobEntry {
  TaskSet tasks;
  std::map<int32_t, const Task*> active;
  std::map<std::pair<Instant, TaskId>, const Task*> terminal;  // by their last event
  std::map<std::pair<std::string, std::string>, int32_t>
      attribute_counts;  // assigned tasks per host attribute
  friend bool operator==(const JobEntry&, const JobEntry&) = default;
};

struct HostEntry {
  TaskSet tasks;  // every task that was assigned to the host, over or not
  TaskSet assigned;
  ExpectedTasks expected;  // of `assigned`
  HostUsage used;
  std::map<int32_t, int32_t> ports;  // number -> assigned tasks that hold it
  friend bool operator==(const HostEntry&, const HostEntry&) = default;
};

class TaskIndex {
 public:
  TaskIndex(const TaskTable& tasks, ExecutorOverhead overhead) : tasks_(&tasks), overhead_(overhead) {}

  // `host` is the record of the task's host, if there is one. remove() takes the same record as add() did.
  void add(const Task& task, const Host* host);
  void remove(const Task& task, const Host* host);
  // Before (delta -1) and after (delta +1) the attributes of `host` change.
  void count_attributes(const Host& host, int32_t delta);

  const std::map<JobKey, JobEntry>& jobs() const { return jobs_; }
  const std::map<HostId, HostEntry>& hosts() const { return hosts_; }
  const std::map<TaskStatus, TaskSet>& statuses() const { return statuses_; }
  const std::map<ConfigHash, std::deque<TaskId>>& pending() const { return pending_; }
  const JobEntry* find_job(const JobKey& job) const;
  const HostEntry* find_host(const HostId& host) const;

  friend bool operator==(const TaskIndex& a, const TaskIndex& b) {
    return a.jobs_ == b.jobs_ && a.hosts_ == b.hosts_ && a.statuses_ == b.statuses_ &&
           a.pending_ == b.pending_;
  }

 private:
  void add_to_host(const Task& task, const Host* host);
  void remove_from_host(const Task& task, const Host* host);
  void use(HostEntry& entry, const Task& task, int32_t delta) const;
  std::deque<TaskId>::iterator place_in(std::deque<TaskId>& group, const Task& task) const;

  const TaskTable* tasks_;
  ExecutorOverhead overhead_;
  std::map<JobKey, JobEntry> jobs_;
  std::map<HostId, HostEntry> hosts_;
  std::map<TaskStatus, TaskSet> statuses_;
  std::map<ConfigHash, std::deque<TaskId>> pending_;
};

Instant last_event_of(const Task& task);

}  // namespace aurora::core

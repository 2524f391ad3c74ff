// What hosts run beyond the tables, and the tombstones of tasks that left the tables too early; with their
// indexes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/cluster/records.h"

namespace aurora::core {

class UnknownTasks {
 public:
  void replace(const HostId& host, const std::vector<UnknownTask>& tasks);  // all of the host's

  std::vector<const UnknownTask*> list() const;
  std::vector<const UnknownTask*> list(const HostId& host) const;
  const UnknownTask* find_occupant(const InstanceKey& instance) const;
  HostUsage used(const HostId& host) const;
  void add_ports(const HostId& host, std::vector<int32_t>& ports) const;  // in order, each once

 private:
  struct Found {
    std::map<TaskId, UnknownTask> tasks;
    HostUsage used;
  };
  void forget(const HostId& host);

  std::map<HostId, Found> hosts_;  // none of them empty
  std::map<InstanceKey, std::set<std::pair<HostId, TaskId>>> instances_;
};

class Tombstones {
 public:
  void save(const Tombstone& tombstone);
  void erase(const TaskId& task);

  const Tombstone* find(const TaskId& task) const;
  std::vector<const Tombstone*> list(const HostId& host) const;
  std::vector<const Tombstone*> list(Instant until, size_t count_max) const;
  size_t size() const { return tombstones_.size(); }

 private:
  std::map<TaskId, Tombstone> tombstones_;
  std::map<HostId, std::set<TaskId>> hosts_;
  std::set<std::pair<Instant, TaskId>> ages_;
};

}  // namespace aurora::core

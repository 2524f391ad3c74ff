// The hosts that are being drained, and by which jobs' tasks they wait: a task that changes finds the hosts that its
// job holds up without a look at the others.
#pragma once

#include <map>
#include <set>

#include "aurora/core/host/drain_progress.h"

namespace aurora::core {

class Drains {
 public:
  void set(const HostId& host, const DrainProgress& progress);
  void erase(const HostId& host);
  const DrainProgress* find(const HostId& host) const;
  const std::set<HostId>& waiting_for(const JobKey& job) const;
  bool empty() const { return hosts_.empty(); }

 private:
  std::map<HostId, DrainProgress> hosts_;
  std::map<JobKey, std::set<HostId>> jobs_;
};

}  // namespace aurora::core

#include "core/cluster/drains.h"

namespace aurora::core {

void Drains::set(const HostId& host, const DrainProgress& progress) {
  erase(host);
  for (const JobKey& job : progress.jobs) jobs_[job].insert(host);
  hosts_[host] = progress;
}

void Drains::erase(const HostId& host) {
  const auto known = hosts_.find(host);
  if (known == hosts_.end()) return;
  for (const JobKey& job : known->second.jobs) {
    const auto entry = jobs_.find(job);
    entry->second.erase(host);
    if (entry->second.empty()) jobs_.erase(entry);
  }
  hosts_.erase(known);
}

const DrainProgress* Drains::find(const HostId& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : &found->second;
}

const std::set<HostId>& Drains::waiting_for(const JobKey& job) const {
  static const std::set<HostId> kNone;
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? kNone : found->second;
}

}  // namespace aurora::core

// Which groups that found no host are tried again when something has become better: not all of them for each
// task that ends, but as many as what was freed can take. Pure.
#pragma once

#include <cstdint>
#include <set>

#include "aurora/core/cluster/cluster.h"

namespace aurora::core {

// What has become better since the groups were last woken.
struct Relief {
  uint64_t host_version = 0;  // hosts that improved since then have more room
  std::set<JobKey> ended;     // jobs of which a task left its host: their limits may let another in
};

struct Relieved {
  std::set<ConfigHash> groups;
  // Only as many as the room is enough for: ask again for what is left of it once they are placed. Otherwise
  // these are all that there is to try.
  bool is_in_turns = false;
};
Relieved list_relieved_groups(const Cluster& cluster, const Relief& relief, Instant now);

// What Relief::host_version is now. Grows whenever a host may take tasks that it did not take before.
uint64_t host_version(const Cluster& cluster);

}  // namespace aurora::core

#include "core/maintenance/drain_timers.h"

#include <algorithm>

namespace aurora::core {

TimerChanges drain_timers_for(const DrainProgressed& change, const Context& context) {
  const Instant due = std::max(change.progress.next_look, context.now + milliseconds(1));
  return {{drain_of(change.host)}, {{due, PollDrain{change.host}}}};
}

// One that is draining is looked at in what follows from this change.
TimerChanges drain_timers_for(const HostSaved& change) {
  if (change.host.mode == MaintenanceMode::Draining) return {};
  return {{drain_of(change.host.id)}, {}};
}

std::vector<Timer> drain_timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers;
  for (const Host* host : cluster.list_hosts()) {
    if (host->mode == MaintenanceMode::Draining) timers.push_back({context.now, PollDrain{host->id}});
  }
  return timers;
}

}  // namespace aurora::core

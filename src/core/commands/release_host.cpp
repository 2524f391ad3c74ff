// A host that was kept for a group which did not come is everybody's again (spec/scheduler.md §5.4).
#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const ReleaseHost& command, const Context& context) {
  Decided decision;
  const HostReserved* reservation = cluster.find_reservation(command.host);
  if (reservation == nullptr || reservation->until > context.now) return decision;
  decision.changes.push_back(HostReleased{command.host});
  return decision;
}

}  // namespace aurora::core

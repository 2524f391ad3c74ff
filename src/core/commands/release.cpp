// What was kept for a while and is everybody's again (spec/scheduler.md §5.4, §9.8).
#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const ReleaseHost& command, const Context& context) {
  Decided decision;
  const HostReserved* reservation = cluster.find_reservation(command.host);
  if (reservation == nullptr || reservation->until > context.now) return decision;
  decision.changes.push_back(HostReleased{command.host});
  return decision;
}

Result<Decided> decide(const Cluster& cluster, const ReleaseInstance& command, const Context& context) {
  Decided decision;
  const InstanceKept* kept = cluster.find_kept(command.instance);
  if (kept == nullptr || kept->until > context.now) return decision;
  decision.changes.push_back(InstanceReleased{command.instance});
  return decision;
}

}  // namespace aurora::core

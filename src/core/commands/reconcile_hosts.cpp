// Hosts are asked for their lists (spec/scheduler.md §2.9). Their beats say the same each few seconds by digests: this is
// for who does not want to believe them.
#include "aurora/core/commands/command.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const Reconcile& command, const Context&) {
  Decided decision;
  const bool is_explicit = command.kind == Reconcile::Kind::Explicit;
  for (const Host* host : cluster.list_hosts()) {
    if (!cluster.is_connected(host->id)) continue;
    if (is_explicit && cluster.list_host_tasks(host->id).empty()) continue;
    decision.changes.push_back(ListWanted{host->id});
  }
  ++decision.counts[is_explicit ? "reconciliation_explicit_runs" : "reconciliation_implicit_runs"];
  const auto hosts = static_cast<int32_t>(decision.changes.size());
  decision.answer = Message{std::to_string(hosts) + (hosts == 1 ? " host is" : " hosts are") + " to list all tasks.", hosts};
  return decision;
}

}  // namespace aurora::core

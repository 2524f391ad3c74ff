// Pending tasks of the due groups go to hosts with room (spec/scheduler.md §4.2).
#include "aurora/core/commands/command.h"
#include "core/placement/placement_round.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const PlaceTasks& command, const Context& context) {
  Decided decision;
  PlacementRound round(cluster, context, decision);
  PlacementResult result = round.place(command.groups, command.tasks_max);
  if (command.preempts) round.preempt(result);
  decision.answer = std::move(result);
  return decision;
}

}  // namespace aurora::core

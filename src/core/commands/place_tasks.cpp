// Pending tasks of the due groups go to hosts with room (spec/scheduler.md §4.2).
#include "aurora/core/commands/command.h"
#include "core/placement/placement_round.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const PlaceTasks& command, const Context& context) {
  Decided decision;
  decision.answer = PlacementRound(cluster, context, decision).place(command.groups, command.tasks_max);
  return decision;
}

}  // namespace aurora::core

// Pending tasks of the due groups go to hosts with room (spec/scheduler.md §4.2).
#include "aurora/core/commands/command.h"
#include "core/placement/placement_round.h"

namespace aurora::core {

Result<Decision> decide(const Cluster& cluster, const PlaceTasks& command, const Context& context) {
  Decision decision;
  PlaceTasks::Answer answer = PlacementRound(cluster, context, decision).place(command);
  decision.answer = std::move(answer);
  return decision;
}

}  // namespace aurora::core

// A timer of an update: the watch time of an instance may be over, or the update may be forgotten.
#include "aurora/core/commands/command.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_history.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const EvaluateUpdate& command, const Context& context) {
  Decided decision;
  const JobUpdate* update = cluster.find_update(command.key);
  if (!update) return decision;
  if (is_forgotten(cluster, *update, context)) decision.changes.push_back(UpdateDeleted{update->key});
  if (!is_working(status_of(*update))) return decision;
  UpdateProgress progress = progress_of(cluster, *update);
  if (progress.next_look > context.now) return decision;  // a timer of a watch that has changed since
  evaluate_update(cluster, *update, std::move(progress), {.everything = true}, context, decision);
  return decision;
}

}  // namespace aurora::core

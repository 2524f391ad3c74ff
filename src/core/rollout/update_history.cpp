#include "core/rollout/update_history.h"

#include <algorithm>

namespace aurora::core {
namespace {

// Aurora looks every 15 minutes (job_update_history_pruning_interval).
constexpr Duration kKeptAtLeast = minutes(15);

}  // namespace

bool is_forgotten(const Cluster& cluster, const JobUpdate& update, const Context& context) {
  if (!is_terminal(status_of(update))) return false;
  if (context.now - created_at(update) >= context.settings.timing.update_history_pruning_threshold)
    return true;
  return context.now - last_modified(update) >= kKeptAtLeast &&
         cluster.list_job_tasks(update.key.job).empty();
}

std::vector<Instant> forget_times(const JobUpdate& update, const Context& context) {
  return {last_modified(update) + kKeptAtLeast,
          created_at(update) + context.settings.timing.update_history_pruning_threshold};
}

void prune_job_updates(const Cluster& cluster, const JobKey& job, const Context& context,
                       Decision& decision) {
  std::vector<const JobUpdate*> over;
  for (const JobUpdate* update : cluster.list_updates(job)) {
    if (is_terminal(status_of(*update))) over.push_back(update);
  }
  std::stable_sort(over.begin(), over.end(),
                   [](const JobUpdate* a, const JobUpdate* b) { return created_at(*a) > created_at(*b); });
  const auto kept_max = static_cast<size_t>(context.settings.timing.update_history_per_job_threshold);
  for (size_t newer = 0; newer < over.size(); ++newer) {
    if (newer < kept_max && !is_forgotten(cluster, *over[newer], context)) continue;
    decision.changes.push_back(UpdateDeleted{over[newer]->key});
  }
}

}  // namespace aurora::core

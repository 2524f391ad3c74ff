#include "aurora/core/commands/command.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "core/lifecycle/task_timers.h"

namespace aurora::core {
namespace {

constexpr size_t kTasksMax = 1'000;  // the rest goes after the job's next task that ends, or of old age

}  // namespace

Result<Decided> decide(const Cluster& cluster, const PruneHistory& command, const Context& context) {
  Decided decision;
  for (const Task* task : list_surplus(cluster, command.job, kTasksMax, context)) {
    transition(cluster, *task, {TaskStatus::Deleted, std::nullopt}, context, decision);
  }
  return decision;
}

}  // namespace aurora::core

#include <iterator>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/commands/command.h"
#include "core/lifecycle/task_timers.h"
#include "core/reconciliation/host_timers.h"
#include "core/rollout/update_timers.h"

namespace aurora::core {
namespace {

void append(std::vector<Timer>& timers, std::vector<Timer> more) {
  timers.insert(timers.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Timer> timers_for(const Cluster& cluster, const Change& applied, const Context& context) {
  std::vector<Timer> timers;
  if (const auto task = find_task_after(cluster, applied)) {
    append(timers, task_timers_for(cluster, task->record, context));
  }
  append(timers, host_timers_for(applied, context));
  append(timers, update_timers_for(cluster, applied, context));
  return timers;
}

std::vector<Timer> timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers = task_timers_after_restart(cluster, context);
  append(timers, host_timers_after_restart(cluster, context));
  append(timers, update_timers_after_restart(cluster, context));
  return timers;
}

}  // namespace aurora::core

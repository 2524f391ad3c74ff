#include <iterator>

#include "aurora/core/cluster/task_after.h"
#include "aurora/core/commands/command.h"
#include "core/lifecycle/task_timers.h"
#include "core/maintenance/drain_timers.h"
#include "core/reconciliation/host_timers.h"
#include "core/rollout/update_timers.h"
#include "core/trigger/cron_timers.h"

namespace aurora::core {
namespace {

void append(std::vector<Timer>& timers, std::vector<Timer> more) {
  timers.insert(timers.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

TimerChanges timers_for(const Cluster& cluster, const Change& applied, const Context& context) {
  if (const auto task = find_task_after(cluster, applied)) {
    return {{subject_of(task->record.id)}, task_timers_for(cluster, task->record, context)};
  }
  if (const auto* deleted = std::get_if<TaskDeleted>(&applied)) return {{subject_of(deleted->task_id)}, {}};
  if (const auto* seen = std::get_if<HostSeen>(&applied)) return host_timers_for(cluster, *seen, context);
  if (const auto* checked = std::get_if<HostChecked>(&applied)) return host_timers_for(cluster, *checked, context);
  if (const auto* gone = std::get_if<HostGone>(&applied)) return {{subject_of(gone->host)}, {}};
  if (const auto* progressed = std::get_if<DrainProgressed>(&applied)) return drain_timers_for(*progressed, context);
  if (const auto* saved = std::get_if<HostSaved>(&applied)) return drain_timers_for(*saved);
  if (auto cron = cron_timers_for(cluster, applied, context)) return *std::move(cron);
  if (const auto* reserved = std::get_if<HostReserved>(&applied)) {
    return {{reservation_of(reserved->host)}, {{reserved->until, ReleaseHost{reserved->host}}}};
  }
  if (const auto* released = std::get_if<HostReleased>(&applied)) return {{reservation_of(released->host)}, {}};
  if (const auto* kept = std::get_if<InstanceKept>(&applied)) {
    return {{affinity_of(kept->instance)}, {{kept->until, ReleaseInstance{kept->instance}}}};
  }
  if (const auto* released = std::get_if<InstanceReleased>(&applied)) return {{affinity_of(released->instance)}, {}};
  return update_timers_for(cluster, applied, context);
}

std::vector<Timer> timers_after_restart(const Cluster& cluster, const Context& context) {
  std::vector<Timer> timers = task_timers_after_restart(cluster, context);
  append(timers, host_timers_after_restart(cluster, context));
  append(timers, drain_timers_after_restart(cluster, context));
  append(timers, cron_timers_after_restart(cluster, context));
  append(timers, update_timers_after_restart(cluster, context));
  return timers;
}

}  // namespace aurora::core

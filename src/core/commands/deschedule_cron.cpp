#include "aurora/core/commands/command.h"
#include "core/commands/job_guard.h"

namespace aurora::core {

// Its tasks run on; a run that waits does not begin any more.
Result<Decided> decide(const Cluster& cluster, const DescheduleCronJob& command, const Context&) {
  TRY(check_not_updating(cluster, command.job));
  Decided decision;
  if (cluster.find_cron_job(command.job) == nullptr) {
    decision.answer = Message{"Job " + to_string(command.job) + " is not scheduled with cron"};
    return decision;
  }
  decision.changes.push_back(CronJobDeleted{command.job});
  decision.answer = Message{"Job " + to_string(command.job) + " is no longer scheduled with cron", 1};
  return decision;
}

}  // namespace aurora::core
